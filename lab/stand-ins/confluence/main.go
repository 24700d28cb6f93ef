// Command confluence-stand-in takes the place of Atlassian Confluence in the lab: not Atlassian's product, and none of its
// code. It reads the variables of the image docker.io/atlassian/confluence, keeps pages in a real PostgreSQL, answers
// /status as Confluence does, and says on every page what it is.
//
//	GET  /                    the list of pages, and a form to write one
//	GET  /pages/<title>       a page; ?space= for another space than LAB
//	POST /pages               writes a page: title, body and, if wanted, space
//	GET  /status              {"state":"STARTING"|"FIRST_RUN"|"RUNNING"|"ERROR"|"STOPPING"}
//	     /setup/…, /server-info.action, /json/setup-restore…   "reached", to prove that an ingress blocks them
//
// It listens on port 8090, writes below CONFLUENCE_HOME only, and ends on SIGTERM when the requests under way are answered.
package main

import (
	"context"
	"errors"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const (
	address = ":8090"
	// drainTime is how long requests under way may take after SIGTERM. Kubernetes' default grace is 30 s.
	drainTime = 20 * time.Second
)

func main() {
	if err := run(); err != nil {
		log.Fatalf("confluence-stand-in: %v", err)
	}
}

func run() error {
	log.Print("This is a stand-in for Confluence: not Atlassian's product.")
	settings, err := readSettings(os.Getenv)
	if err != nil {
		return err
	}
	created, err := markHome(settings.Home, time.Now())
	if err != nil {
		return err
	}
	store, err := openDatabase(settings)
	if err != nil {
		return err
	}
	defer store.Close()

	signalled, cancel := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer cancel()
	state := newLifecycle()
	watching, stopWatching := context.WithCancel(context.Background())
	defer stopWatching()
	go (&watcher{store: store, state: state, begun: time.Now()}).watch(watching)

	server := &http.Server{
		Addr:              address,
		Handler:           (&site{settings: settings, homeCreated: created, store: store, state: state}).routes(),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		IdleTimeout:       2 * time.Minute,
	}
	stopped := make(chan error, 1)
	go func() {
		<-signalled.Done()
		stopWatching()
		state.set(stopping, "it was told to stop")
		drain, cancel := context.WithTimeout(context.Background(), drainTime)
		defer cancel()
		stopped <- server.Shutdown(drain)
	}()

	log.Printf("listening on %s, database %s", address, settings.databaseAddress())
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}
