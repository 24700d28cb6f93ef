package builder

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"

	"sitewright/toolchain/internal/download"
	"sitewright/toolchain/internal/progress"
	"sitewright/toolchain/internal/recipe"
	"sitewright/toolchain/internal/store"
)

// fetchedAtOnce is how many releases are downloaded at the same time.
const fetchedAtOnce = 4

// Fetch downloads releases of pieces, and tells to out how far it is. It returns why some could not be had, by their names: these may
// be built instead. An error ends it: a file that is not the one that was chosen is not replaced in silence.
func Fetch(
	ctx context.Context, client *download.Client, pieces store.Store, wanted []Planned, out *os.File,
) (unavailable map[string]download.Unavailable, err error) {
	unavailable = ask(ctx, client, wanted)
	wanted = slices.DeleteFunc(slices.Clone(wanted), func(piece Planned) bool {
		_, isSilent := unavailable[piece.Name]
		return isSilent
	})
	if len(wanted) == 0 {
		return unavailable, ctx.Err()
	}
	board := progress.New(out, Expected(wanted))
	defer board.Close()
	fetching, cancel := context.WithCancel(ctx)
	defer cancel()
	var group sync.WaitGroup
	var mutex sync.Mutex
	free := make(chan struct{}, fetchedAtOnce)
	for _, piece := range wanted {
		free <- struct{}{} // in the order of the list: what is largest comes first
		group.Add(1)
		go func() {
			defer group.Done()
			defer func() { <-free }()
			failure := fetch(fetching, client, pieces, piece, board)
			mutex.Lock()
			defer mutex.Unlock()
			var reason download.Unavailable
			switch {
			case failure == nil:
			case errors.As(failure, &reason):
				unavailable[piece.Name] = reason
			case err == nil:
				err = fmt.Errorf("the release of %s: %w", piece.Name, failure)
				cancel()
			}
		}()
	}
	group.Wait()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return unavailable, err
}

// ask leaves out at once what lies on a host that does not answer.
func ask(ctx context.Context, client *download.Client, wanted []Planned) map[string]download.Unavailable {
	of := map[string]string{}
	for _, piece := range wanted {
		for _, one := range piece.Recipe.(recipe.Release).Downloads {
			of[one.URL] = piece.Name
		}
	}
	unavailable := map[string]download.Unavailable{}
	for location, reason := range client.Ask(ctx, slices.Sorted(maps.Keys(of))) {
		unavailable[of[location]] = reason
	}
	return unavailable
}

func fetch(ctx context.Context, client *download.Client, pieces store.Store, piece Planned, board *progress.Board) error {
	far := board.Start(piece.Name)
	err := pieces.Make(piece.Name, piece.Hash, func(work, out string) error {
		return piece.Recipe.Build(ctx, recipe.Job{Work: work, Out: out, Progress: far, Releases: client})
	})
	if err != nil {
		board.Fail(piece.Name)
		return err
	}
	board.Finish(piece.Name, "downloaded")
	return nil
}
