package disk

import (
	"path/filepath"
	"testing"
)

func TestFoldersOfOneFileSystemAreOne(t *testing.T) {
	root := t.TempDir()
	systems, err := FileSystems([]Folder{{Path: root + "/a/b"}, {Path: root}, {Path: "/proc/self"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(systems) != 2 || len(systems[0].Folders) != 2 {
		t.Errorf("found %+v, want two folders on one file system", systems)
	}
	if systems[1].Mounted != "/proc" || systems[1].Free != 0 {
		t.Errorf("the second is %+v, want /proc, where nothing is free", systems[1])
	}
}

func TestAFolderIsWritableWhenAFileCanBeMadeInIt(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "not", "yet")
	if err := Writable(Folder{Path: folder}); err != nil {
		t.Error(err)
	}
	if left, err := filepath.Glob(folder + "/.*"); err != nil || len(left) > 0 {
		t.Errorf("it left %v (%v)", left, err)
	}
	if err := Writable(Folder{Path: "/dev/null/below"}); err == nil {
		t.Error("a folder below a file was accepted")
	}
}

func TestSizes(t *testing.T) {
	for mib, want := range map[int]string{0: "0 MiB", 1023: "1023 MiB", 1536: "1.5 GiB"} {
		if got := Size(mib); got != want {
			t.Errorf("%d MiB are %s, want %s", mib, got, want)
		}
	}
}
