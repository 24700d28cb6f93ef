package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"

	"sitewright/toolchain/internal/builder"
	"sitewright/toolchain/internal/catalogue"
	"sitewright/toolchain/internal/download"
	"sitewright/toolchain/internal/recipe"
	"sitewright/toolchain/internal/release"
	"sitewright/toolchain/internal/store"
)

// sources are the two ways in which a piece comes to be: it is built, or it is downloaded as its maker's release.
type sources struct {
	built    []builder.Planned
	released map[string]builder.Planned // by the name of the piece
	official []string                   // names of pieces that are not built
}

// newSources reads the table of releases. With TOOLS=build there are none.
func newSources(chosen options, catalogued []catalogue.Piece) (sources, error) {
	built, err := builder.Plan(chosen.checkout, compiler(), catalogued)
	if err != nil {
		return sources{}, err
	}
	from := sources{built: built, released: map[string]builder.Planned{}, official: chosen.official}
	switch mode := os.Getenv("TOOLS"); mode {
	case "build":
		return from, nil
	case "", "auto", "official":
	default:
		return sources{}, fmt.Errorf("TOOLS is %q; use one of auto, official, build", mode)
	}
	table, err := release.Read(chosen.checkout)
	if err != nil {
		return sources{}, err
	}
	released := catalogue.Released(catalogued, table, runtime.GOOS+"/"+runtime.GOARCH)
	planned, err := builder.Plan(chosen.checkout, compiler(), slices.Collect(maps.Values(released)))
	for _, piece := range planned {
		from.released[piece.Name] = piece
	}
	for _, name := range from.official {
		if _, isThere := from.released[name]; !isThere {
			return sources{}, fmt.Errorf("--official %s: %s has no release of it", name, release.File)
		}
	}
	return from, err
}

// planned are the pieces as they are used: built, unless only the release is there. What a release brings with it is left out.
func (s sources) planned(pieces store.Store) []builder.Planned {
	var planned []builder.Planned
	chosen := map[string]bool{}
	for _, piece := range s.built {
		if other, isReleased := s.released[piece.Name]; isReleased && (slices.Contains(s.official, piece.Name) ||
			(pieces.Has(other.Name, other.Hash) && !pieces.Has(piece.Name, piece.Hash))) {
			piece = other
			chosen[piece.Name] = true
		}
		planned = append(planned, piece)
	}
	return slices.DeleteFunc(planned, func(piece builder.Planned) bool { return chosen[piece.BroughtBy] })
}

// fetch downloads the releases of wanted pieces that are not there in any form, and says in a line what came of it.
func (s sources) fetch(ctx context.Context, only []string, pieces store.Store) error {
	wanted, err := selected(s.planned(pieces), only)
	if err != nil {
		return err
	}
	var lacking []builder.Planned
	for _, piece := range builder.Missing(pieces, wanted) {
		if other, isReleased := s.released[piece.Name]; isReleased {
			lacking = append(lacking, other)
		}
	}
	if len(lacking) == 0 {
		return nil
	}
	client, err := download.New(pieces.Downloads(), os.Getenv("RELEASES_MIRROR"))
	if err != nil {
		return err
	}
	unavailable, err := builder.Fetch(ctx, client, pieces, lacking, os.Stdout)
	if err != nil {
		return err
	}
	fmt.Println("toolchain: " + outcome(lacking, unavailable))
	return s.refused(unavailable)
}

// refused are the pieces that may not be built instead.
func (s sources) refused(unavailable map[string]download.Unavailable) error {
	var refused []string
	for _, name := range s.official {
		if reason, isMissing := unavailable[name]; isMissing {
			refused = append(refused, fmt.Sprintf("  %s: %v", name, reason))
		}
	}
	if len(refused) == 0 {
		return nil
	}
	return fmt.Errorf("TOOLS=official, and these are neither on this machine nor could they be downloaded:\n%s\nMake the hosts "+
		"reachable (HTTPS_PROXY, or RELEASES_MIRROR for a mirror of them), or use TOOLS=auto, which builds what is missing",
		strings.Join(refused, "\n"))
}

// outcome says which releases were downloaded, and why the others are not: "downloaded kubectl 1.36.3; not pulumi: ...".
func outcome(lacking []builder.Planned, unavailable map[string]download.Unavailable) string {
	var downloaded, parts []string
	without := map[string][]string{}
	for _, piece := range lacking {
		if reason, isMissing := unavailable[piece.Name]; isMissing {
			without[reason.Error()] = append(without[reason.Error()], piece.Name)
		} else {
			downloaded = append(downloaded, piece.Name+" "+piece.Recipe.(recipe.Release).Version)
		}
	}
	if len(downloaded) > 0 {
		parts = append(parts, "downloaded "+strings.Join(downloaded, ", "))
	}
	for _, reason := range slices.Sorted(maps.Keys(without)) {
		parts = append(parts, fmt.Sprintf("no release of %s (%s)", strings.Join(without[reason], ", "), reason))
	}
	return strings.Join(parts, "; ")
}
