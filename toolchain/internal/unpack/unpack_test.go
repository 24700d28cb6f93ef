package unpack

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tarOf makes an archive of files, content by path; a path that ends with @ is a link to /etc/passwd.
func tarOf(t *testing.T, files map[string]string) string {
	t.Helper()
	var packed bytes.Buffer
	outer := gzip.NewWriter(&packed)
	archive := tar.NewWriter(outer)
	for name, content := range files {
		header := &tar.Header{Name: name, Mode: 0o600, Size: int64(len(content)), Typeflag: tar.TypeReg}
		if linked, isLink := strings.CutSuffix(name, "@"); isLink {
			header = &tar.Header{Name: linked, Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}
			content = ""
		}
		if err := archive.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if _, err := archive.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	for _, end := range []func() error{archive.Close, outer.Close} {
		if err := end(); err != nil {
			t.Fatal(err)
		}
	}
	return written(t, packed.Bytes())
}

func zipOf(t *testing.T, files map[string]string) string {
	t.Helper()
	var packed bytes.Buffer
	archive := zip.NewWriter(&packed)
	for name, content := range files {
		entry, err := archive.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := entry.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	return written(t, packed.Bytes())
}

func written(t *testing.T, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "download")
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFilesOfEachKindOfArchive(t *testing.T) {
	for name, archive := range map[string]string{
		"https://a.test/tool.tgz":    tarOf(t, map[string]string{"./sub/tool": "program", "LICENSE": "x"}),
		"https://a.test/tool.tar.gz": tarOf(t, map[string]string{"sub/tool": "program", "tool": "another"}),
		"https://a.test/tool.zip":    zipOf(t, map[string]string{"sub/tool": "program", "sub/": ""}),
	} {
		folder := t.TempDir()
		if err := Files(archive, name, map[string]string{"tool": "sub/tool"}, folder); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		holdsOnly(t, folder, "tool", "program")
	}
}

func TestAProgramThatIsNoArchive(t *testing.T) {
	folder := t.TempDir()
	if err := Files(written(t, []byte("program")), "https://a.test/v1/kubectl", map[string]string{"kubectl": ""}, folder); err != nil {
		t.Fatal(err)
	}
	holdsOnly(t, folder, "kubectl", "program")
}

// holdsOnly wants one program in a folder.
func holdsOnly(t *testing.T, folder, name, content string) {
	t.Helper()
	found, err := os.ReadDir(folder)
	if err != nil || len(found) != 1 {
		t.Fatalf("%d files in the folder (%v)", len(found), err)
	}
	read, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil || string(read) != content {
		t.Errorf("it holds %q (%v)", read, err)
	}
	if info, err := found[0].Info(); err != nil || info.Mode().Perm()&0o700 != 0o700 {
		t.Errorf("it is no program (%v)", err)
	}
}

func TestWhatAnArchiveMayNotHold(t *testing.T) {
	for want, archive := range map[string][2]string{
		`does not hold "sub/tool" (for tool)`: {tarOf(t, map[string]string{"tool": "x"}), "a.tgz"},
		`not hold "sub/tool"`:                 {tarOf(t, map[string]string{"sub/tool@": ""}), "a.tgz"},
		`"../../tool", which leads out`:       {tarOf(t, map[string]string{"../../tool": "x"}), "a.tgz"},
		`"/tool", which leads out`:            {tarOf(t, map[string]string{"/tool": "x"}), "a.tgz"},
		`"sub/../../tool", which leads out`:   {zipOf(t, map[string]string{"sub/../../tool": "x"}), "a.zip"},
		"gzip: invalid header":                {written(t, []byte("<html>a page to log in</html>")), "a.tgz"},
		"zip":                                 {written(t, []byte("<html>a page to log in</html>")), "a.zip"},
	} {
		above := t.TempDir()
		folder := filepath.Join(above, "one", "two")
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		err := Files(archive[0], archive[1], map[string]string{"tool": "sub/tool"}, folder)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %q", err, want)
		}
		if found, err := filepath.Glob(above + "/tool"); err != nil || len(found) > 0 {
			t.Errorf("%v was written (%v)", found, err)
		}
	}
}
