package main

import (
	"archive/tar"
	"bytes"
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

func rootfs(t *testing.T, headers ...tar.Header) string {
	t.Helper()
	var buffer bytes.Buffer
	writer := tar.NewWriter(&buffer)
	for _, header := range headers {
		content := header.Linkname
		if header.Typeflag == tar.TypeReg {
			header.Linkname, header.Size = "", int64(len(content))
		}
		if err := writer.WriteHeader(&header); err != nil {
			t.Fatal(err)
		}
		if header.Typeflag == tar.TypeReg {
			_, _ = writer.Write([]byte(content))
		}
	}
	writer.Close()
	path := filepath.Join(t.TempDir(), "rootfs.tar")
	if err := os.WriteFile(path, buffer.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// regular describes a file; its content rides in Linkname.
func regular(name, content string) tar.Header {
	return tar.Header{Typeflag: tar.TypeReg, Name: "./" + name, Mode: 0o755, Linkname: content}
}

func link(name, target string) tar.Header {
	return tar.Header{Typeflag: tar.TypeSymlink, Name: "./" + name, Linkname: target}
}

func TestTheCommittedTableIsRight(t *testing.T) {
	table, err := readTable("../images.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(table.Images) == 0 || len(table.Base.Packages) == 0 {
		t.Errorf("table is empty: %+v", table)
	}
}

func TestAllFaultsOfATableAreReported(t *testing.T) {
	path := filepath.Join(t.TempDir(), "images.yaml")
	text := `images:
  - {name: a, tag: "1", binaries: {/a: a}, entrypoint: [/a], bindsLowPorts: [/b]}
  - {name: a, tag: "1", binaries: {/a: a}, entrypoint: [/a]}
  - {name: c, tag: "1", entrypoint: [/c]}
`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := readTable(path)
	for _, part := range []string{"bindsLowPorts names /b", "a:1 is there twice", `"c:1" needs`} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%v does not say %q", err, part)
		}
	}
}

func TestTheBaseLayerHasThePackagesFilesAndTheirLinks(t *testing.T) {
	path := rootfs(t,
		link("lib", "usr/lib"),
		link("etc/alternatives/iptables", "/usr/sbin/iptables-nft"),
		link("etc/alternatives/editor", "/usr/bin/nano"),
		link("usr/sbin/iptables", "/etc/alternatives/iptables"),
		regular("usr/sbin/iptables-nft", "program"),
		regular("usr/lib/libc.so.6", "library"),
		regular("usr/share/doc/libc6/changelog", "text"),
		regular("usr/bin/other", "other"),
		regular("var/lib/dpkg/info/libc6:amd64.list", "/.\n/lib\n/lib/libc.so.6\n/usr/share/doc/libc6/changelog\n"),
		regular("var/lib/dpkg/info/iptables.list", "/usr/sbin/iptables-nft\n"),
	)
	layer, err := baseLayer(path, []string{"libc6", "iptables"})
	if err != nil {
		t.Fatal(err)
	}
	found := entries(t, layer)
	for _, name := range []string{"lib", "etc/alternatives/iptables", "usr/sbin/iptables", "usr/sbin/iptables-nft", "usr/lib/libc.so.6"} {
		if found[name] == nil {
			t.Errorf("%s is missing", name)
		}
	}
	for _, name := range []string{"usr/bin/other", "usr/share/doc/libc6/changelog", "etc/alternatives/editor"} {
		if found[name] != nil {
			t.Errorf("%s does not belong there", name)
		}
	}
}

func TestAPackageThatIsNotInstalledIsNamed(t *testing.T) {
	_, err := baseLayer(rootfs(t), []string{"ipset"})
	if err == nil || !strings.Contains(err.Error(), "package ipset") {
		t.Errorf("error is %v", err)
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
	first, err := build(described, nil, folder)
	if err != nil {
		t.Fatal(err)
	}
	second, err := build(described, nil, folder)
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
