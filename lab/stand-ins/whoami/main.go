// Command whoami is a stand-in for traefik/whoami: it answers every request with what it knows of itself and of the
// request, in the same text format, with the same flags, environment variables and paths as far as the site uses them:
//
//	/            host name, addresses and the request as text
//	/api         the same as JSON
//	/health      200; a POST with a status code as its body changes the answer
//
// Flags: -port (or WHOAMI_PORT_NUMBER, default 80), -name (or WHOAMI_NAME), -cert and -key for TLS, -verbose.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	port := flag.String("port", fromEnv("WHOAMI_PORT_NUMBER", "80"), "port to listen on")
	name := flag.String("name", os.Getenv("WHOAMI_NAME"), "name to report")
	cert := flag.String("cert", "", "certificate file (PEM); with -key the server speaks TLS")
	key := flag.String("key", "", "key file (PEM)")
	verbose := flag.Bool("verbose", false, "log every request")
	flag.Parse()

	server := &http.Server{
		Addr:              ":" + *port,
		Handler:           logged(*verbose, routes(*name)),
		ReadHeaderTimeout: 10 * time.Second,
		TLSConfig:         &tls.Config{MinVersion: tls.VersionTLS12},
	}
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer cancel()
	stopped := make(chan error, 1)
	go func() {
		<-stop.Done()
		drain, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		stopped <- server.Shutdown(drain)
	}()

	fmt.Println("Starting up on port", *port)
	var err error
	if *cert != "" || *key != "" {
		err = server.ListenAndServeTLS(*cert, *key)
	} else {
		err = server.ListenAndServe()
	}
	if !errors.Is(err, http.ErrServerClosed) {
		log.Fatalf("whoami cannot serve on port %s: %v", *port, err)
	}
	if err := <-stopped; err != nil {
		log.Fatalf("whoami did not finish its requests in time: %v", err)
	}
}

func fromEnv(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

func logged(verbose bool, next http.Handler) http.Handler {
	if !verbose {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		log.Printf("%s %s %s", r.RemoteAddr, r.Method, r.URL)
		next.ServeHTTP(w, r)
	})
}
