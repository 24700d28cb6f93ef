package catalogue

import (
	"slices"
	"testing"
)

func TestCostsAreThoseOfPieces(t *testing.T) {
	var names []string
	for _, piece := range Pieces() {
		names = append(names, piece.Name)
	}
	for name, cost := range costs {
		for _, known := range append([]string{name}, cost.After...) {
			if !slices.Contains(names, known) {
				t.Errorf("the costs of %s name %s, which is no piece", name, known)
			}
		}
	}
}

// A piece of which much is written is one that takes long, so it must not be left for the end.
func TestEveryLargePieceHasACost(t *testing.T) {
	for _, piece := range Pieces() {
		if piece.DiskMiB >= 400 && piece.Cost().Seconds == 0 {
			t.Errorf("%s writes %d MiB, and what it takes is not in cost.go", piece.Name, piece.DiskMiB)
		}
	}
}
