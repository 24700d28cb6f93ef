package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

var (
	away    = errors.New("connection refused")
	denied  = &pgconn.PgError{Code: "28P01", Message: "password authentication failed"}
	booting = &pgconn.PgError{Code: "57P03", Message: "the database system is starting up"}
)

func TestLifecycles(t *testing.T) {
	type event struct {
		fault error
		// table: 0 leaves it, 1 drops it, 2 brings it back.
		table int
		want  phase
	}
	for name, events := range map[string][]event{
		"waits, then furnishes":            {{away, 0, starting}, {booting, 0, starting}, {nil, 0, running}},
		"is lost and comes back by itself": {{nil, 0, running}, {away, 0, failed}, {booting, 0, failed}, {nil, 0, running}},
		"is refused, then let in":          {{denied, 0, failed}, {nil, 0, running}},
		"loses its table until a restore":  {{nil, 0, running}, {nil, 1, failed}, {nil, 0, failed}, {nil, 2, running}},
		"is wiped while away":              {{nil, 0, running}, {away, 1, failed}, {nil, 0, failed}},
	} {
		t.Run(name, func(t *testing.T) {
			store, state := newFakeStore(), newLifecycle()
			watcher := &watcher{store: store, state: state, begun: time.Now()}
			for index, event := range events {
				store.fail(event.fault)
				if event.table != 0 {
					store.furnished = event.table == 2
				}
				done := watcher.ask(context.Background())
				if got, reason := state.get(); got != event.want || done != (got == running) {
					t.Fatalf("event %d: %s (%s), want %s", index, got, reason, event.want)
				}
			}
		})
	}
}

func TestADatabaseThatNeverAnswersIsAnError(t *testing.T) {
	store, state := newFakeStore(), newLifecycle()
	store.fail(away)
	late := &watcher{store: store, state: state, begun: time.Now().Add(-startTime)}
	late.ask(context.Background())
	if got, _ := state.get(); got != failed {
		t.Errorf("%s", got)
	}
	store.fail(nil)
	late.ask(context.Background())
	if got, _ := state.get(); got != running {
		t.Errorf("%s: an empty database is furnished however late", got)
	}
}

func TestStoppingIsForGood(t *testing.T) {
	state := newLifecycle()
	state.set(stopping, "told")
	state.set(running, "late answer")
	if got, _ := state.get(); got != stopping {
		t.Errorf("%s", got)
	}
}

func TestWatchingEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		(&watcher{store: newFakeStore(), state: newLifecycle(), begun: time.Now()}).watch(ctx)
		close(ended)
	}()
	cancel()
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Fatal("still watching")
	}
}

// The table of Confluence's technical overview.
func TestCodesOfStates(t *testing.T) {
	for state, want := range map[phase]int{running: 200, firstRun: 200, failed: 500, starting: 503, stopping: 503} {
		if state.statusCode() != want {
			t.Errorf("%s: %d", state, state.statusCode())
		}
	}
}
