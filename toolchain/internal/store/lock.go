package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// lockPoll is how often a waiting builder looks again.
const lockPoll = 200 * time.Millisecond

// Lock lets one builder at a time work in the store. It waits for another one, calling waiting once when it has to, and
// returns what releases the lock. The kernel releases it too when the process dies, however it dies.
func (s Store) Lock(ctx context.Context, waiting func()) (release func(), err error) {
	if err := os.MkdirAll(s.Root, 0o755); err != nil {
		return nil, err
	}
	path := filepath.Join(s.Root, "build.lock")
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	for told := false; ; {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { file.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			file.Close()
			return nil, fmt.Errorf("locking %s: %w", path, err)
		}
		if !told {
			waiting()
			told = true
		}
		select {
		case <-ctx.Done():
			file.Close()
			return nil, ctx.Err()
		case <-time.After(lockPoll):
		}
	}
}
