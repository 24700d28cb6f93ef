package main

import (
	"archive/tar"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

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

// aSystem has a shell and, as Debian has it, iptables behind links that no package lists.
func aSystem(t *testing.T) *debian {
	t.Helper()
	system, err := readDebian(rootfs(t,
		link("bin", "usr/bin"),
		link("lib", "usr/lib"),
		link("etc/alternatives/iptables", "/usr/sbin/iptables-nft"),
		link("etc/alternatives/editor", "/usr/bin/nano"),
		link("usr/sbin/iptables", "/etc/alternatives/iptables"),
		link("usr/bin/editor", "/etc/alternatives/editor"),
		regular("usr/bin/dash", "shell"),
		regular("usr/sbin/iptables-nft", "program"),
		regular("usr/lib/libc.so.6", "library"),
		regular("usr/share/doc/libc6/changelog", "text"),
		regular("usr/share/zoneinfo/UTC", "zone"),
		regular("usr/bin/other", "other"),
		regular("var/lib/dpkg/info/libc6:amd64.list", "/.\n/lib\n/lib/libc.so.6\n/usr/share/doc/libc6/changelog\n/usr/share/zoneinfo/UTC\n"),
		regular("var/lib/dpkg/info/iptables.list", "/usr/sbin/iptables-nft\n"),
		regular("var/lib/dpkg/info/dash.list", "/bin/dash\n"),
		regular("var/lib/dpkg/status", "Package: dash\nVersion: 0.5.12-2\n\nPackage: libc6\nVersion: 1:2.36-9+deb12u1\n\nPackage: native\nVersion: 3.7\n"),
	))
	if err != nil {
		t.Fatal(err)
	}
	return system
}

func TestABaseHasItsPackagesFilesAndTheLinksToThem(t *testing.T) {
	layers, err := baseLayers(aSystem(t), map[string]base{
		"shell":   {Packages: []string{"dash", "libc6"}, Without: []string{"/usr/share/zoneinfo"}},
		"network": {Packages: []string{"iptables", "libc6"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]struct{ has, lacks []string }{
		"shell": {
			has:   []string{"bin", "lib", "usr/bin/dash", "usr/lib/libc.so.6"},
			lacks: []string{"usr/sbin/iptables", "usr/bin/other", "usr/share/doc/libc6/changelog", "usr/share/zoneinfo/UTC", "usr/bin/editor"},
		},
		"network": {
			has:   []string{"usr/sbin/iptables", "usr/sbin/iptables-nft", "etc/alternatives/iptables", "usr/lib/libc.so.6", "usr/share/zoneinfo/UTC"},
			lacks: []string{"usr/bin/dash", "etc/alternatives/editor", "usr/bin/editor"},
		},
	} {
		found := entries(t, layers[name])
		for _, file := range want.has {
			if found[file] == nil {
				t.Errorf("%s lacks %s", name, file)
			}
		}
		for _, file := range want.lacks {
			if found[file] != nil {
				t.Errorf("%s has %s, which does not belong there", name, file)
			}
		}
	}
}

func TestPackagesThatAreNotInstalledAreNamed(t *testing.T) {
	_, err := baseLayers(aSystem(t), map[string]base{"network": {Packages: []string{"ipset"}}, "php": {Packages: []string{"php8.2-cli"}}})
	for _, part := range []string{"package ipset of base network", "package php8.2-cli of base php"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%v does not say %q", err, part)
		}
	}
}

func TestTheReleaseOfAPackage(t *testing.T) {
	system := aSystem(t)
	for name, want := range map[string]string{"dash": "0.5.12", "libc6": "2.36", "native": "3.7"} {
		if got, err := system.release(name); err != nil || got != want {
			t.Errorf("release of %s is %q (%v), want %q", name, got, err, want)
		}
	}
	if _, err := system.release("ipset"); err == nil {
		t.Error("a package that is not installed has a release")
	}
	release, note, err := releaseOf(image{Tag: "0.5.11", Release: "dash"}, system)
	if err != nil || release != "0.5.12" || note != " (holds 0.5.12)" {
		t.Errorf("release %q, note %q (%v)", release, note, err)
	}
}
