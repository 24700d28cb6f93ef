package main

import (
	"context"
	"errors"
	"log"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// phase is a state of Confluence's lifecycle. Its /status answers with them and these codes; source: Confluence Data Center
// technical overview, "Load balancer configuration"
// (https://confluence.atlassian.com/enterprise/confluence-data-center-technical-overview-612959401.html).
type phase string

const (
	// starting: the database has not answered yet.
	starting phase = "STARTING"
	// firstRun: the database is empty and is being furnished.
	firstRun phase = "FIRST_RUN"
	running  phase = "RUNNING"
	// failed: the database refuses, is lost, or has lost its table. It is asked on, and all is well again when it is back.
	failed   phase = "ERROR"
	stopping phase = "STOPPING"
)

func (p phase) statusCode() int {
	switch p {
	case running, firstRun:
		return http.StatusOK
	case failed:
		return http.StatusInternalServerError
	default:
		return http.StatusServiceUnavailable
	}
}

// lifecycle is the present phase and why it is that one.
type lifecycle struct {
	mutex  sync.Mutex
	phase  phase
	reason string
}

func newLifecycle() *lifecycle {
	return &lifecycle{phase: starting, reason: "it has not yet asked the database"}
}

func (l *lifecycle) get() (phase, string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.phase, l.reason
}

// set changes the phase; from stopping nothing leads back. A change is logged.
func (l *lifecycle) set(next phase, reason string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.phase == stopping {
		return
	}
	if l.phase != next || l.reason != reason {
		log.Printf("%s: %s", next, reason)
	}
	l.phase, l.reason = next, reason
}

const (
	// startTime is how long a database may take to answer for the first time before that is an error.
	startTime = 10 * time.Minute
	askTime   = 2 * time.Second
	// Between questions to a database that answers, and the shortest and longest pause before another try.
	calm                    = 2 * time.Second
	shortPause, longestWait = 250 * time.Millisecond, 2 * time.Second
)

// watcher keeps the lifecycle true by asking the database.
type watcher struct {
	store Store
	state *lifecycle
	begun time.Time
	// seen is true once the table of pages was there.
	seen bool
}

// watch asks until ctx ends.
func (w *watcher) watch(ctx context.Context) {
	for pause := shortPause; ctx.Err() == nil; {
		if w.ask(ctx) {
			pause = shortPause
			wait(ctx, calm)
			continue
		}
		wait(ctx, pause)
		pause = min(2*pause, longestWait)
	}
}

// ask asks once and says whether the database has the pages.
func (w *watcher) ask(ctx context.Context) bool {
	asking, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	there, err := w.store.Furnished(asking)
	if err == nil && !there {
		if w.seen {
			// A new table would look as if there had never been a page.
			w.state.set(failed, "the table of pages is gone from the database: restore it, or restart to begin with none")
			return false
		}
		w.state.set(firstRun, "the database is empty; its table is being made")
		err = w.store.Furnish(asking)
	}
	before, _ := w.state.get()
	switch {
	case err == nil:
		w.seen = true
		w.state.set(running, "the database answers")
		return true
	case ctx.Err() != nil:
	case before == starting && time.Since(w.begun) < startTime && !refused(err):
		w.state.set(starting, "the database does not answer yet: "+plain(err))
	default:
		w.state.set(failed, "the database cannot be used: "+plain(err))
	}
	return false
}

// refused says whether PostgreSQL itself answered and does not want us: waiting alone will not help. While it starts or
// stops it answers with codes of class 57.
func refused(err error) bool {
	var answer *pgconn.PgError
	return errors.As(err, &answer) && !strings.HasPrefix(answer.Code, "57")
}

// plain is an error as one line.
func plain(err error) string {
	return strings.Join(strings.Fields(err.Error()), " ")
}

func wait(ctx context.Context, duration time.Duration) {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
