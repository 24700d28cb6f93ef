// Package builder builds the pieces that are not in the store yet.
package builder

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"sitewright/toolchain/internal/catalogue"
	"sitewright/toolchain/internal/faults"
	"sitewright/toolchain/internal/inputs"
	"sitewright/toolchain/internal/progress"
	"sitewright/toolchain/internal/recipe"
	"sitewright/toolchain/internal/store"
)

// atOnce is how many pieces are built at the same time: each Go build uses all processors while it compiles, but only one
// while it links, which is when the second build fills the gap.
const atOnce = 2

// Planned is a piece with its identity.
type Planned struct {
	catalogue.Piece
	Hash string
}

// Plan gives every piece its identity. compiler names the Go version and the platform.
func Plan(checkout, compiler string, pieces []catalogue.Piece) ([]Planned, error) {
	planned := make([]Planned, 0, len(pieces))
	for _, piece := range pieces {
		builtBy := compiler
		if _, isRelease := piece.Recipe.(recipe.Release); isRelease {
			builtBy = "" // another Go here makes no other file of it
		}
		hash, err := inputs.Hash(checkout, builtBy, piece.Name, piece.Recipe, piece.Recipe.Inputs())
		if err != nil {
			return nil, fmt.Errorf("reading the sources of %s: %w", piece.Name, err)
		}
		planned = append(planned, Planned{piece, hash})
	}
	return planned, nil
}

// Missing are the pieces that the store does not have.
func Missing(pieces store.Store, planned []Planned) []Planned {
	var missing []Planned
	for _, piece := range planned {
		if !pieces.Has(piece.Name, piece.Hash) {
			missing = append(missing, piece)
		}
	}
	return missing
}

// Failure is a piece that could not be built.
type Failure struct {
	Piece  string
	Log    string // file with all it printed
	Tail   string // its last lines
	Advice string // what to do, where the reason is known
	Err    error
}

func (f Failure) Error() string {
	text := fmt.Sprintf("building %s failed: %v\n%s\nall it printed: %s\nto build it alone: toolchain/build.sh --only %s",
		f.Piece, f.Err, f.Tail, f.Log, f.Piece)
	if f.Advice != "" {
		text += "\n" + f.Advice
	}
	return text
}

func (f Failure) Unwrap() error { return f.Err }

// Build builds the pieces. The first failure ends the others too: what they have compiled stays in the compiler's cache,
// and the pieces that are finished stay in the store.
func Build(ctx context.Context, checkout string, pieces store.Store, missing []Planned, board *progress.Board) error {
	building, cancel := context.WithCancel(ctx)
	defer cancel()
	queue := newQueue(missing, Planned.Cost)
	defer context.AfterFunc(building, queue.stop)()
	var group sync.WaitGroup
	var once sync.Once
	var failure error
	for range min(atOnce, len(missing)) {
		group.Add(1)
		go func() {
			defer group.Done()
			runtime.LockOSThread() // process.Run ties the life of its programs to this thread
			for {
				piece, ok := queue.next()
				if !ok {
					return
				}
				if err := one(building, checkout, pieces, piece, board.Start(piece.Name)); err != nil {
					board.Fail(piece.Name)
					once.Do(func() { failure = err })
					cancel()
					return
				}
				board.Finish(piece.Name, "built")
				queue.finished(piece.Name)
			}
		}()
	}
	group.Wait()
	var failed Failure
	if errors.As(failure, &failed) {
		printed, _ := os.ReadFile(failed.Log)
		failed.Advice = faults.Explain(ctx, failed.Err, string(printed), Needs(pieces, missing))
		return failed
	}
	if failure == nil {
		return ctx.Err()
	}
	return failure
}

// Needs is what those of the pieces that are not built yet ask of the machine.
func Needs(pieces store.Store, planned []Planned) faults.Needs {
	needs := faults.Needs{Store: pieces.Root}
	for _, piece := range Missing(pieces, planned) {
		needs.DiskMiB += piece.DiskMiB
	}
	return needs
}

// Expected is what the pieces will take.
func Expected(planned []Planned) []progress.Expected {
	var expected []progress.Expected
	for _, piece := range planned {
		cost := piece.Cost()
		expected = append(expected, progress.Expected{Name: piece.Name, Seconds: cost.Seconds, Bytes: int64(cost.MB) * 1e6})
	}
	return expected
}

func one(ctx context.Context, checkout string, pieces store.Store, piece Planned, far *progress.Piece) error {
	path := pieces.Log(piece.Name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	log, err := os.Create(path)
	if err != nil {
		return err
	}
	defer log.Close()
	err = pieces.Make(piece.Name, piece.Hash, func(work, out string) error {
		return piece.Recipe.Build(ctx, recipe.Job{Checkout: checkout, Work: work, Out: out, Log: log, Progress: far})
	})
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	return Failure{Piece: piece.Name, Log: path, Tail: tail(path), Err: err}
}
