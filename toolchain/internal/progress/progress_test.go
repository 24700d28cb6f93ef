package progress

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// clocked makes a board whose clock only moves by hand, for pieces that were measured at 100 s for 1 MB, but the last.
func clocked(terminal bool) (board *Board, out *bytes.Buffer, pass func(time.Duration)) {
	out = &bytes.Buffer{}
	board = newBoard(out, terminal, []Expected{
		{Name: "big", Seconds: 100, Bytes: 1e6}, {Name: "next", Seconds: 100, Bytes: 1e6}, {Name: "text"},
	})
	now := time.Unix(0, 0)
	board.now = func() time.Time { return now }
	return board, out, func(passed time.Duration) { now = now.Add(passed) }
}

func ten(dir string) []Package {
	var packages []Package
	for _, name := range strings.Split("a b c d e f g h i j", " ") {
		packages = append(packages, Package{Path: name, Dir: dir + name, Bytes: 1e5})
	}
	return packages
}

func TestElsewhereThereIsALineForEachBeginningEndAndMinute(t *testing.T) {
	board, out, pass := clocked(false)
	big := board.Start("big")
	big.Doing("downloading modules")
	pass(time.Minute)
	board.draw()
	big.Doing("")
	big.Plan(ten("/"))
	pass(time.Minute)
	big.Compiled("a")
	board.draw()
	for _, name := range strings.Split("b c d e f g h i j", " ") {
		pass(time.Minute)
		big.Compiled(name)
	}
	board.draw()
	board.Finish("big", "built")
	board.Start("text")
	board.Finish("text", "built")
	want := `[0 of 3] big begun
[0 of 3] big downloading modules 1m0s
[0 of 3, about 19 min left] big 1 of 10 packages 2m0s
[0 of 3, about 10 min left] big 10 of 10 packages linking 11m0s
[1 of 3] big built in 11m0s (10 packages, 1.0 MB of sources)
[1 of 3] text begun
[2 of 3] text built in 0s
`
	if out.String() != want {
		t.Errorf("told:\n%swant:\n%s", out, want)
	}
}

func TestOnATerminalOneLineIsWrittenOver(t *testing.T) {
	board, out, _ := clocked(true)
	piece := board.Start("big")
	piece.Plan(ten("/"))
	out.Reset()
	board.draw()
	if want := "\r\x1b[K\x1b[?7l[0 of 3] big 0 of 10 packages 0s\x1b[?7h"; out.String() != want {
		t.Errorf("told %q, want %q", out, want)
	}
	board.Finish("big", "built")
	if strings.Count(out.String(), "\n") != 1 {
		t.Errorf("told %q, want one line that stays", out)
	}
}

// A package that another piece compiles meanwhile is not named by this one's compiler, which finds it in the cache.
func TestAPackageThatAnotherPieceCompilesCounts(t *testing.T) {
	board, _, _ := clocked(false)
	one, other, third := board.Start("big"), board.Start("next"), board.Start("text")
	one.Plan(ten("/same/"))
	other.Plan(ten("/same/"))
	third.Plan(ten("/another/version/"))
	one.Compiled("a")
	one.Compiled("b")
	other.Compiled("b") // with other settings after all
	for piece, want := range map[*Piece]int{one: 2, other: 2, third: 0} {
		if got := len(piece.ready); got != want {
			t.Errorf("%s has %d packages, want %d", piece.name, got, want)
		}
	}
}

func TestWhatIsInTheCompilersCacheIsNotExpected(t *testing.T) {
	board, _, pass := clocked(false)
	big := board.Start("big")
	big.Plan(ten("/")[:5])
	pass(time.Minute)
	for _, one := range ten("/")[:4] {
		big.Compiled(one.Path)
	}
	// 40 of 100 s took a minute, 10 of this piece and 100 of the next are left.
	if left, ok := board.remaining(); !ok || left.Round(time.Second) != 165*time.Second {
		t.Errorf("left are %v (%v), want 2m45s", left, ok)
	}
}

func TestNoEstimateBeforeEnoughIsSeen(t *testing.T) {
	board, _, pass := clocked(false)
	piece := board.Start("big")
	piece.Plan([]Package{{Path: "small", Bytes: 1e4}, {Path: "large", Bytes: 99e4}})
	piece.Compiled("small")
	pass(time.Minute)
	if left, ok := board.remaining(); ok {
		t.Errorf("after a hundredth it is told that %v are left", left)
	}
}
