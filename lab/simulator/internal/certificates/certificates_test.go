package certificates

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestCertificatesAreMadeOnceAndRenewed(t *testing.T) {
	directory := t.TempDir()
	read := func(name string) string {
		content, err := os.ReadFile(filepath.Join(directory, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	issueFor := func(hosts ...string) (authority, server string) {
		if err := Make(directory, hosts); err != nil {
			t.Fatal(err)
		}
		return read(AuthorityFile), read(ServerFile)
	}
	authority, server := issueFor("127.0.0.1", "localhost")
	if again, same := issueFor("127.0.0.1", "localhost"); again != authority || same != server {
		t.Error("made again without need")
	}
	if again, other := issueFor("127.0.0.1"); again != authority || other == server {
		t.Error("other hosts need another certificate of the same authority")
	}
	for _, key := range []string{AuthorityKeyFile, ServerKeyFile} {
		if info, err := os.Stat(filepath.Join(directory, key)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", key, info.Mode(), err)
		}
	}
	if serverLifetime > 398*24*time.Hour {
		t.Error("clients refuse server certificates that live longer than 398 days")
	}
}
