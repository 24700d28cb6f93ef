// Command dashboard-stand-in takes the place of Headlamp in the lab: a page that shows what the cluster runs and changes
// nothing. It takes Headlamp's arguments for running in a cluster, listens on its port, and reads the API with the token
// that the user logs in with, never with one of its own.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// authority is where client-go looks for the certificate of the API's CA in a pod, as Headlamp does.
const authority = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"

// drainTime is how long requests under way may take after SIGTERM.
const drainTime = 10 * time.Second

func main() {
	if err := run(os.Args[1:]); err != nil {
		log.Fatalf("dashboard-stand-in: %v", err)
	}
}

func run(args []string) error {
	log.Print("This is a stand-in for Headlamp.")
	address, err := listenAddress(args)
	if err != nil {
		return err
	}
	api, err := clusterAPI(os.Getenv, authority)
	if err != nil {
		return err
	}
	server := &http.Server{
		Addr:              address,
		Handler:           (&site{api}).routes(),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		IdleTimeout:       2 * time.Minute,
	}
	signalled, cancel := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer cancel()
	stopped := make(chan error, 1)
	go func() {
		<-signalled.Done()
		drain, cancel := context.WithTimeout(context.Background(), drainTime)
		defer cancel()
		stopped <- server.Shutdown(drain)
	}()
	log.Printf("listening on %s, API at %s", address, api.base)
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}

// listenAddress reads Headlamp's arguments (v0.36 to v0.45, backend/pkg/config/config.go) as far as the site may give them.
func listenAddress(args []string) (string, error) {
	flags := flag.NewFlagSet("dashboard-stand-in", flag.ContinueOnError)
	inCluster := flags.Bool("in-cluster", false, "runs in a pod, with the API of its cluster; must be given")
	baseURL := flags.String("base-url", "", "path the page is at; only the root")
	host := flags.String("listen-addr", "", "address to listen on")
	port := flags.Uint("port", 4466, "port to listen on")
	for _, name := range []string{"html-static-dir", "plugins-dir", "user-plugins-dir", "in-cluster-context-name", "log-level", "session-ttl"} {
		flags.String(name, "", "taken and not used")
	}
	flags.Bool("watch-plugins-changes", false, "taken and not used")
	if err := flags.Parse(args); err != nil {
		return "", err
	}
	if !*inCluster || (*baseURL != "" && *baseURL != "/") || flags.NArg() > 0 {
		return "", fmt.Errorf("the stand-in runs with -in-cluster, at the root, without other words: %q", args)
	}
	return net.JoinHostPort(*host, fmt.Sprint(*port)), nil
}

// clusterAPI finds the API as client-go does in a pod.
func clusterAPI(variable func(string) string, authority string) (*api, error) {
	host, port := variable("KUBERNETES_SERVICE_HOST"), variable("KUBERNETES_SERVICE_PORT")
	if host == "" || port == "" {
		return nil, errors.New("KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: this is no pod")
	}
	certificate, err := os.ReadFile(authority)
	if err != nil {
		return nil, fmt.Errorf("the certificate of the API's CA: %w", err)
	}
	trusted := x509.NewCertPool()
	if !trusted.AppendCertsFromPEM(certificate) {
		return nil, fmt.Errorf("%s holds no certificate", authority)
	}
	// No proxy from the environment: tokens go to the API and nowhere else.
	return newAPI("https://"+net.JoinHostPort(host, port), &http.Transport{
		TLSClientConfig:     &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:   true,
		TLSHandshakeTimeout: 5 * time.Second,
		IdleConnTimeout:     time.Minute,
	}), nil
}
