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
		hash, err := inputs.Hash(checkout, compiler, piece.Name, piece.Recipe, piece.Recipe.Inputs())
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
	Piece string
	Log   string // file with all it printed
	Tail  string // its last lines
	Err   error
}

func (f Failure) Error() string {
	return fmt.Sprintf("building %s failed: %v\n%s\nall it printed: %s", f.Piece, f.Err, f.Tail, f.Log)
}

func (f Failure) Unwrap() error { return f.Err }

// Build builds the pieces. The first failure ends the others too: what they have compiled stays in the compiler's cache,
// and the pieces that are finished stay in the store.
func Build(ctx context.Context, checkout string, pieces store.Store, missing []Planned, board *progress.Board) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	queue := make(chan Planned)
	go func() {
		defer close(queue)
		for _, piece := range missing {
			select {
			case queue <- piece:
			case <-ctx.Done():
				return
			}
		}
	}()
	var group sync.WaitGroup
	var once sync.Once
	var failure error
	for range min(atOnce, len(missing)) {
		group.Add(1)
		go func() {
			defer group.Done()
			runtime.LockOSThread() // process.Run ties the life of its programs to this thread
			for piece := range queue {
				board.Start(piece.Name)
				if err := one(ctx, checkout, pieces, piece); err != nil {
					board.Fail(piece.Name)
					once.Do(func() { failure = err })
					cancel()
					return
				}
				board.Finish(piece.Name)
			}
		}()
	}
	group.Wait()
	if failure == nil {
		return ctx.Err()
	}
	return failure
}

func one(ctx context.Context, checkout string, pieces store.Store, piece Planned) error {
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
		return piece.Recipe.Build(ctx, recipe.Job{Checkout: checkout, Work: work, Out: out, Log: log})
	})
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	return Failure{Piece: piece.Name, Log: path, Tail: tail(path), Err: err}
}
