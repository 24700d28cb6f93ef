package store

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func file(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(path), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestAPieceAppearsWholeOrNotAtAll(t *testing.T) {
	store := Store{t.TempDir()}
	err := store.Make("tool", "one", func(_, out string) error {
		file(t, filepath.Join(out, "half"))
		return errors.New("broken")
	})
	if err == nil || store.Has("tool", "one") {
		t.Errorf("a failed build: error %v, piece there %v", err, store.Has("tool", "one"))
	}
	err = store.Make("tool", "one", func(_, out string) error {
		file(t, filepath.Join(out, "whole"))
		return nil
	})
	if err != nil || !present(filepath.Join(store.Piece("tool", "one"), "whole")) {
		t.Errorf("the piece lacks its file (%v)", err)
	}
}

func TestCleanRemovesWhatAKilledBuilderLeft(t *testing.T) {
	store := Store{t.TempDir()}
	left := filepath.Join(store.Root, "work", "tool-123", "out", "half")
	file(t, left)
	if err := store.Clean(); err != nil || present(left) {
		t.Errorf("the half piece is still there (%v)", err)
	}
}

func TestASecondBuilderWaitsForTheFirst(t *testing.T) {
	store := Store{t.TempDir()}
	release, err := store.Lock(context.Background(), func() { t.Error("a free lock made it wait") })
	if err != nil {
		t.Fatal(err)
	}
	waiting, got := make(chan struct{}), make(chan error, 1)
	go func() {
		second, err := store.Lock(context.Background(), func() { close(waiting) })
		if err == nil {
			second()
		}
		got <- err
	}()
	<-waiting
	select {
	case err := <-got:
		t.Fatalf("the second got the lock while the first had it (%v)", err)
	case <-time.After(2 * lockPoll):
	}
	release()
	if err := <-got; err != nil {
		t.Error(err)
	}
}

func TestWaitingForTheLockCanBeInterrupted(t *testing.T) {
	store := Store{t.TempDir()}
	release, err := store.Lock(context.Background(), func() {})
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	ctx, cancel := context.WithCancel(context.Background())
	if _, err := store.Lock(ctx, cancel); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want that of the interruption", err)
	}
}

// A killed builder must not lock out the next one: the lock is the kernel's, not a file that must be removed.
func TestTheLockOfAKilledBuilderIsFree(t *testing.T) {
	if root := os.Getenv("HOLD_LOCK_OF"); root != "" {
		if _, err := (Store{root}).Lock(context.Background(), func() {}); err != nil {
			t.Fatal(err)
		}
		os.Stdout.WriteString("locked\n")
		select {}
	}
	store := Store{t.TempDir()}
	holder := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	holder.Env = append(os.Environ(), "HOLD_LOCK_OF="+store.Root)
	output, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 64)
	if n, err := output.Read(line); err != nil || !strings.HasPrefix(string(line[:n]), "locked") {
		t.Fatalf("the holder said %q (%v)", line[:n], err)
	}
	if err := holder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = holder.Wait()
	release, err := store.Lock(context.Background(), func() { t.Error("the lock of the dead was still held") })
	if err != nil {
		t.Fatal(err)
	}
	release()
}

func TestPruneKeepsTheCurrentSetOnly(t *testing.T) {
	store := Store{t.TempDir()}
	for _, path := range []string{
		store.Piece("tool", "old") + "/a", store.Piece("tool", "new") + "/a", store.Piece("gone", "old") + "/a",
		store.View("old") + "/a", store.View("new") + "/a", store.Downloads() + "/half",
	} {
		file(t, path)
	}
	removed, err := store.Prune(map[string]string{"tool": "new"}, "new")
	if err != nil || removed != 4 || present(store.Downloads()) {
		t.Errorf("removed %d folders (%v), want 4", removed, err)
	}
	if !store.Has("tool", "new") || !store.HasView("new") || store.Has("tool", "old") || store.HasView("old") {
		t.Error("the wrong folders are left")
	}
}

func present(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
