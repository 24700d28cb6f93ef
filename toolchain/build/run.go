package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"sitewright/toolchain/internal/builder"
	"sitewright/toolchain/internal/catalogue"
	"sitewright/toolchain/internal/disk"
	"sitewright/toolchain/internal/faults"
	"sitewright/toolchain/internal/inputs"
	"sitewright/toolchain/internal/preflight"
	"sitewright/toolchain/internal/progress"
	"sitewright/toolchain/internal/recipe"
	"sitewright/toolchain/internal/store"
	"sitewright/toolchain/internal/view"
)

func run(ctx context.Context, args []string) error {
	chosen, err := parse(args)
	if err != nil {
		return err
	}
	cache, err := cacheFolder()
	if err != nil {
		return err
	}
	pieces := store.Store{Root: cache}
	catalogued, err := catalogue.Take(catalogue.Without(catalogue.Pieces(), chosen.without), chosen.take)
	if err != nil {
		return err
	}
	from, err := newSources(chosen, catalogued)
	if err != nil {
		return err
	}
	planned := from.planned(pieces)
	if chosen.list {
		list(pieces, planned)
		return nil
	}
	wanted, err := selected(planned, chosen.only)
	if err != nil {
		return err
	}
	there, set, err := standing(pieces, planned)
	if err != nil {
		return err
	}
	if len(builder.Missing(pieces, wanted)) > 0 || !pieces.HasView(set) || chosen.prune {
		if err := disk.Writable(disk.Store(pieces.Root)); err != nil {
			return err
		}
		if there, set, err = underLock(ctx, chosen, pieces, from); err != nil {
			return explained(ctx, err, builder.Needs(pieces, wanted))
		}
	}
	return handOver(chosen.checkout, pieces, there, set)
}

// explained adds what to do where the builder itself, and no piece's build, met a full disk.
func explained(ctx context.Context, err error, needs faults.Needs) error {
	var failure builder.Failure
	if errors.As(err, &failure) || !faults.IsFullDisk(err) {
		return err
	}
	return fmt.Errorf("%w\n%s", err, faults.Explain(ctx, err, "", needs))
}

// standing are the pieces that are built, and the name of the view that has them all. So a view grows with what is asked for,
// and a command that needs little takes nothing away from a checkout that has more.
func standing(pieces store.Store, planned []builder.Planned) ([]builder.Planned, string, error) {
	var there []builder.Planned
	for _, piece := range planned {
		if pieces.Has(piece.Name, piece.Hash) {
			there = append(there, piece)
		}
	}
	set, err := setHash(there)
	return there, set, err
}

// underLock does what only one builder at a time may do, and returns what is built then.
func underLock(
	ctx context.Context, chosen options, pieces store.Store, from sources,
) (there []builder.Planned, set string, err error) {
	release, err := pieces.Lock(ctx, func() {
		fmt.Fprintln(os.Stderr, "toolchain: another build is running; waiting for it")
	})
	if err != nil {
		return nil, "", err
	}
	defer release()
	if err := pieces.Clean(); err != nil {
		return nil, "", err
	}
	// Asked from here on: the build that was waited for may have made what was missing.
	if err := from.fetch(ctx, chosen.only, pieces); err != nil {
		return nil, "", err
	}
	planned := from.planned(pieces)
	wanted, err := selected(planned, chosen.only)
	if err != nil {
		return nil, "", err
	}
	if missing := builder.Missing(pieces, wanted); len(missing) > 0 {
		if err := build(ctx, chosen.checkout, pieces, missing, len(planned)); err != nil {
			return nil, "", err
		}
	}
	if there, set, err = standing(pieces, planned); err != nil {
		return nil, "", err
	}
	if !pieces.HasView(set) {
		if err := assemble(pieces, there, set); err != nil {
			return nil, "", err
		}
	}
	if chosen.prune {
		err = prune(pieces, planned, set)
	}
	return there, set, err
}

func build(ctx context.Context, checkout string, pieces store.Store, missing []builder.Planned, total int) error {
	needs := preflight.Needs{Cache: pieces.Root}
	needs.DiskMiB = builder.Needs(pieces, missing).DiskMiB
	for _, piece := range missing {
		switch piece.Recipe.(type) {
		case recipe.SDK:
			needs.Node = true
		case recipe.Wheel:
			needs.Python = true
		}
	}
	if err := preflight.Check(ctx, needs); err != nil {
		return err
	}
	started := time.Now()
	fmt.Printf("toolchain: building %d of %d pieces\n", len(missing), total)
	board := progress.New(os.Stdout, builder.Expected(missing))
	err := builder.Build(ctx, checkout, pieces, missing, board)
	board.Close()
	if err == nil {
		fmt.Printf("toolchain: built in %s\n", time.Since(started).Round(time.Second))
	}
	return err
}

func assemble(pieces store.Store, planned []builder.Planned, set string) error {
	var entries []view.Entry
	for _, piece := range planned {
		for _, place := range piece.Places {
			from := pieces.Piece(piece.Name, piece.Hash)
			if place.File != "" {
				from += "/" + place.File
			}
			entries = append(entries, view.Entry{From: from, Path: place.Path})
		}
	}
	return pieces.MakeView(set, func(out string) error { return view.Assemble(out, entries) })
}

// handOver gives the checkout its toolchain and its copy of the SDK.
func handOver(checkout string, pieces store.Store, planned []builder.Planned, set string) error {
	for _, piece := range planned {
		if _, isSDK := piece.Recipe.(recipe.SDK); !isSDK {
			continue
		}
		name := strings.TrimPrefix(piece.Places[0].Path, "sdks/")
		if err := view.CopySDK(checkout, name, pieces.Piece(piece.Name, piece.Hash), piece.Hash); err != nil {
			return err
		}
	}
	return view.Point(checkout, pieces.View(set))
}

func prune(pieces store.Store, planned []builder.Planned, set string) error {
	keep := map[string]string{}
	for _, piece := range planned {
		keep[piece.Name] = piece.Hash
	}
	removed, err := pieces.Prune(keep, set)
	fmt.Printf("toolchain: removed %d folders of other versions\n", removed)
	return err
}

// setHash identifies the view: its pieces and where they go.
func setHash(planned []builder.Planned) (string, error) {
	type part struct {
		Hash   string
		Places []catalogue.Place
	}
	parts := make([]part, 0, len(planned))
	for _, piece := range planned {
		parts = append(parts, part{piece.Hash, piece.Places})
	}
	return inputs.Hash("", "", "set", parts, nil)
}

func selected(planned []builder.Planned, only []string) ([]builder.Planned, error) {
	if len(only) == 0 {
		return planned, nil
	}
	for _, name := range only {
		if !slices.ContainsFunc(planned, func(piece builder.Planned) bool { return isCalled(piece, name) }) {
			return nil, fmt.Errorf("there is no piece %q; --list names them and what they are for", name)
		}
	}
	var wanted []builder.Planned
	for _, piece := range planned {
		if slices.ContainsFunc(only, func(name string) bool { return isCalled(piece, name) }) {
			wanted = append(wanted, piece)
		}
	}
	return wanted, nil
}

// isCalled tells whether --only with this word means the piece: its name, or whom it is for.
func isCalled(piece builder.Planned, word string) bool {
	return piece.Name == word || string(piece.For) == word
}

func list(pieces store.Store, planned []builder.Planned) {
	for _, piece := range planned {
		state := "to build"
		if pieces.Has(piece.Name, piece.Hash) {
			state = "built"
			if _, isRelease := piece.Recipe.(recipe.Release); isRelease {
				state = "downloaded"
			}
		}
		fmt.Printf("%-20s %-8s  %s  %s\n", piece.Name, piece.For, piece.Hash, state)
	}
}
