package main

import (
	"archive/tar"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

func entries(t *testing.T, layer v1.Layer) map[string]*tar.Header {
	t.Helper()
	content, err := layer.Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]*tar.Header{}
	for reader := tar.NewReader(content); ; {
		header, err := reader.Next()
		if err == io.EOF {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		found[header.Name] = header
	}
}

func onShell(t *testing.T, change func(*image)) (v1.Image, error) {
	t.Helper()
	folder := t.TempDir()
	for name, mode := range map[string]os.FileMode{"start.sh": 0o755, "php.ini": 0o644} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(name), mode); err != nil {
			t.Fatal(err)
		}
	}
	bases, err := baseLayers(aSystem(t), map[string]base{"shell": {Packages: []string{"dash"}}})
	if err != nil {
		t.Fatal(err)
	}
	described := image{
		Name: "library/postgres", Tag: "15", Bases: []string{"shell"}, Account: "postgres", User: "999:998",
		Files:   map[string]string{"/bin/start.sh": "start.sh", "/etc/php.ini": "php.ini"},
		Folders: []string{"/var/lib/data", "/tmp"}, Entrypoint: []string{"start.sh"}, Command: []string{"postgres"},
		Environment: map[string]string{"PGDATA": "/var/lib/data"}, StopSignal: "SIGINT", WorkingDir: "/var/lib",
	}
	change(&described)
	return build(described, bases, sources{files: folder, processor: "arm64"}, "15.20")
}

func TestAnImageOnABase(t *testing.T) {
	built, err := onShell(t, func(*image) {})
	if err != nil {
		t.Fatal(err)
	}
	file, err := built.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if file.Architecture != "arm64" || file.OS != "linux" {
		t.Errorf("it is for %s on %s", file.OS, file.Architecture)
	}
	config := file.Config
	if config.User != "999:998" || config.StopSignal != "SIGINT" || config.WorkingDir != "/var/lib" ||
		strings.Join(config.Entrypoint, " ") != "start.sh" || strings.Join(config.Cmd, " ") != "postgres" ||
		strings.Join(config.Env, " ") != "PATH="+standardPath+" PGDATA=/var/lib/data" ||
		config.Labels["org.opencontainers.image.version"] != "15.20" {
		t.Errorf("config is %+v", config)
	}
	layers, _ := built.Layers()
	if len(layers) != 2 {
		t.Fatalf("%d layers", len(layers))
	}
	own := entries(t, layers[1])
	// A folder named bin would take the place of the base's link.
	for name, mode := range map[string]int64{
		"usr/bin/start.sh": 0o755, "etc/php.ini": 0o644, "var/lib/data/": 0o1777, "tmp/": 0o1777, "var/lib/": 0o755, "etc/passwd": 0o644,
	} {
		if own[name] == nil || own[name].Mode != mode {
			t.Errorf("%s is %+v, want mode %o", name, own[name], mode)
		}
	}
	if own["bin/"] != nil {
		t.Error("the layer has a folder bin")
	}
}

func TestTheAccountOfAnImage(t *testing.T) {
	files := accounts(image{Account: "postgres", User: "999:998"})
	for name, want := range map[string]string{
		"etc/passwd": "root:x:0:0:root:/root:/bin/sh\npostgres:x:999:998::/:/bin/sh\n",
		"etc/group":  "root:x:0:\npostgres:x:998:\n",
	} {
		if files[name] != want {
			t.Errorf("%s is %q", name, files[name])
		}
	}
}

func TestAnImageThatCannotRunIsRefused(t *testing.T) {
	_, err := onShell(t, func(described *image) { described.Entrypoint = []string{"initdb"} })
	if err == nil || !strings.Contains(err.Error(), "library/postgres:15") || !strings.Contains(err.Error(), "initdb, is not in it") {
		t.Errorf("error is %v", err)
	}
	part := &layer{names: map[string]bool{"usr/bin/php": true, "lib/libc.so.6": true}, needed: map[string]string{
		"libc.so.6": "/usr/bin/php", "libxml2.so.2": "/usr/bin/php",
	}}
	err = runnable(image{Command: []string{"/usr/bin/php"}}, []*layer{part})
	if err == nil || err.Error() != "/usr/bin/php needs libxml2.so.2, which no package of its bases has" {
		t.Errorf("error is %v", err)
	}
}

func TestTheLibrariesOfAProgramAreRead(t *testing.T) {
	program, err := os.ReadFile("/bin/sh")
	if err != nil {
		t.Skip(err)
	}
	files := newArchive()
	if err := files.file(&tar.Header{Typeflag: tar.TypeReg, Name: "bin/sh", Mode: 0o755}, program); err != nil {
		t.Fatal(err)
	}
	if files.needed["libc.so.6"] != "/bin/sh" {
		t.Errorf("it needs %v", files.needed)
	}
}

func TestAnImageIsTheSameEveryTime(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "coredns"), []byte("program"), 0o600); err != nil {
		t.Fatal(err)
	}
	described := image{
		Name: "coredns/coredns", Tag: "v1", Entrypoint: []string{"/coredns"}, User: "65532:65532",
		Binaries: map[string]string{"/coredns": "coredns"}, BindsLowPorts: []string{"/coredns"},
	}
	first, err := build(described, nil, sources{binaries: folder}, "v1")
	if err != nil {
		t.Fatal(err)
	}
	second, err := build(described, nil, sources{binaries: folder}, "v1")
	if err != nil {
		t.Fatal(err)
	}
	one, _ := first.Digest()
	two, _ := second.Digest()
	if one != two {
		t.Errorf("%s and then %s", one, two)
	}
	layers, _ := first.Layers()
	header := entries(t, layers[0])["coredns"]
	if header == nil || header.Mode != 0o755 || header.PAXRecords["SCHILY.xattr.security.capability"] != "\x01\x00\x00\x02\x00\x04"+strings.Repeat("\x00", 14) {
		t.Errorf("the binary is %+v", header)
	}
}
