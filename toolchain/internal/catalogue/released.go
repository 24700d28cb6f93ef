package catalogue

import (
	"path"
	"slices"
	"strings"

	"sitewright/toolchain/internal/recipe"
	"sitewright/toolchain/internal/release"
)

// releaseMiB is about what the release of a piece takes, packed and unpacked.
const releaseMiB = 600

// Released are the pieces as their makers publish them for a platform, where they do, by name. A taken piece has no release.
func Released(pieces []Piece, table release.Table, platform string) map[string]Piece {
	released := map[string]Piece{}
	for _, piece := range pieces {
		downloads := table.Of(piece.Name, platform)
		if _, isTaken := piece.Recipe.(recipe.Taken); isTaken || len(downloads) == 0 {
			continue
		}
		made := recipe.Release{Version: table.Version(piece.Name)}
		for _, one := range downloads {
			made.Downloads = append(made.Downloads, recipe.ReleaseFile{URL: one.URL, SHA256: one.SHA256, Files: one.Files})
			piece.Places = slices.Concat(piece.Places, beside(piece, one))
		}
		piece.Recipe, piece.DiskMiB = made, min(piece.DiskMiB, releaseMiB)
		released[piece.Name] = piece
	}
	return released
}

// beside places what a release brings and our own build has in other pieces, beside the first file: there its maker has it.
func beside(piece Piece, download release.Download) []Place {
	var more []Place
	for file := range download.Files {
		if !slices.ContainsFunc(piece.Places, func(place Place) bool { return place.File == file || place.File == "" }) {
			more = append(more, Place{file, path.Join(path.Dir(piece.Places[0].Path), file)})
		}
	}
	slices.SortFunc(more, func(one, other Place) int { return strings.Compare(one.File, other.File) })
	return more
}
