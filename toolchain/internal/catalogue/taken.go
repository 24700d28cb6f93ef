package catalogue

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"sitewright/toolchain/internal/recipe"
)

// Take puts programs that somebody else has built in the place of pieces. taken has their paths by the name of the piece; all
// programs of a piece have to be there. What a taken piece brings with it is left out.
func Take(pieces []Piece, taken map[string][]string) ([]Piece, error) {
	var result []Piece
	left := len(taken)
	for _, piece := range pieces {
		if _, isBrought := taken[piece.BroughtBy]; isBrought {
			continue
		}
		if paths, isTaken := taken[piece.Name]; isTaken {
			left--
			programs, err := programsOf(piece, paths)
			if err != nil {
				return nil, fmt.Errorf("taking %s: %w", piece.Name, err)
			}
			piece.Recipe, piece.DiskMiB = recipe.Taken{Programs: programs}, 0
		}
		result = append(result, piece)
	}
	if left > 0 {
		return nil, fmt.Errorf("--take names a piece that there is not, or that another one brings; --list names them")
	}
	return result, nil
}

// Without leaves out the pieces of these names.
func Without(pieces []Piece, names []string) []Piece {
	return slices.DeleteFunc(pieces, func(piece Piece) bool { return slices.Contains(names, piece.Name) })
}

func programsOf(piece Piece, paths []string) ([]recipe.TakenProgram, error) {
	byFile := map[string]recipe.TakenProgram{}
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
			return nil, fmt.Errorf("%s is no program", path)
		}
		byFile[filepath.Base(path)] = recipe.TakenProgram{Path: path, Bytes: info.Size(), Modified: info.ModTime().UTC()}
	}
	var programs []recipe.TakenProgram
	var files []string
	for _, place := range piece.Places {
		if slices.Contains(files, place.File) {
			continue // it has two places
		}
		program, ok := byFile[place.File]
		if !ok {
			return nil, fmt.Errorf("%s is missing", place.File)
		}
		files, programs = append(files, place.File), append(programs, program)
	}
	for file := range byFile {
		if !slices.Contains(files, file) {
			return nil, fmt.Errorf("%s is none of its programs", file)
		}
	}
	return programs, nil
}
