package builder

import (
	"slices"
	"testing"
	"time"

	"sitewright/toolchain/internal/catalogue"
)

var measured = map[string]catalogue.Cost{
	"base":   {Seconds: 10},
	"large":  {Seconds: 50},
	"medium": {Seconds: 20},
	"after":  {Seconds: 45, After: []string{"base"}},
	"last":   {Seconds: 1, After: []string{"after", "gone"}},
}

func queued(names ...string) *queue {
	var pieces []Planned
	for _, name := range names {
		pieces = append(pieces, Planned{Piece: catalogue.Piece{Name: name}})
	}
	return newQueue(pieces, func(piece Planned) catalogue.Cost { return measured[piece.Name] })
}

func TestTheLongestPathComesFirst(t *testing.T) {
	var order []string
	queue := queued("free", "medium", "large", "last", "after", "base")
	for {
		piece, ok := queue.next()
		if !ok {
			break
		}
		order = append(order, piece.Name)
		queue.finished(piece.Name)
	}
	if want := []string{"base", "large", "after", "medium", "last", "free"}; !slices.Equal(order, want) {
		t.Errorf("order is %v, want %v", order, want)
	}
}

func TestAPieceWaitsForWhatItComesAfter(t *testing.T) {
	queue := queued("base", "after")
	if piece, ok := queue.next(); !ok || piece.Name != "base" {
		t.Fatalf("the first is %s (%v)", piece.Name, ok)
	}
	got := make(chan string)
	next := func() {
		piece, _ := queue.next()
		got <- piece.Name
	}
	go next()
	select {
	case name := <-got:
		t.Fatalf("%s was begun beside base", name)
	case <-time.After(50 * time.Millisecond):
	}
	queue.finished("base")
	if name := <-got; name != "after" {
		t.Errorf("then came %q", name)
	}
}

func TestAStoppedQueueEndsWhoWaits(t *testing.T) {
	queue := queued("base", "after")
	queue.next()
	ended := make(chan bool)
	go func() {
		_, ok := queue.next()
		ended <- ok
	}()
	queue.stop()
	if <-ended {
		t.Error("a piece was begun after the stop")
	}
}
