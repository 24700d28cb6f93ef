package release

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAllThatIsWrongWithATableIsTold(t *testing.T) {
	checkout := t.TempDir()
	if err := os.Mkdir(filepath.Join(checkout, "toolchain"), 0o755); err != nil {
		t.Fatal(err)
	}
	err := os.WriteFile(filepath.Join(checkout, File), []byte(`[
		{"piece": "one", "platforms": {"linux/amd64": {"url": "one.tgz", "sha256": "12", "files": {"../one": "one"}}}},
		{"piece": "two", "platforms": {"linux/arm64": {"url": "https://two.test/two", "sha256": "XY", "files": {"..": ""}}}}
	]`), 0o644)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Read(checkout)
	for _, want := range []string{
		File, `one for linux/amd64: "one.tgz" is no URL`, `"12" is no SHA-256`, `"../one" is no name`, `two for linux/arm64: "XY"`, `".." is no name`,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the message lacks %q: %v", want, err)
		}
	}
}
