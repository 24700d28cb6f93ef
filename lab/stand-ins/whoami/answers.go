package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
)

// answer is what /api gives; the field names are those of traefik/whoami.
type answer struct {
	Hostname   string      `json:"hostname,omitempty"`
	IP         []string    `json:"ip,omitempty"`
	Headers    http.Header `json:"headers,omitempty"`
	URL        string      `json:"url,omitempty"`
	Host       string      `json:"host,omitempty"`
	Method     string      `json:"method,omitempty"`
	Name       string      `json:"name,omitempty"`
	RemoteAddr string      `json:"remoteAddr,omitempty"`
}

func routes(name string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { writeText(w, r, name) })
	mux.HandleFunc("/api", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		_ = encoder.Encode(describe(r, name))
	})
	mux.HandleFunc("/health", health())
	return mux
}

func describe(r *http.Request, name string) answer {
	hostname, _ := os.Hostname()
	return answer{
		Hostname: hostname, IP: addresses(), Headers: r.Header, URL: r.URL.RequestURI(),
		Host: r.Host, Method: r.Method, Name: name, RemoteAddr: r.RemoteAddr,
	}
}

func writeText(w http.ResponseWriter, r *http.Request, name string) {
	known := describe(r, name)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if name != "" {
		fmt.Fprintln(w, "Name:", name)
	}
	fmt.Fprintln(w, "Hostname:", known.Hostname)
	for _, address := range known.IP {
		fmt.Fprintln(w, "IP:", address)
	}
	fmt.Fprintln(w, "RemoteAddr:", known.RemoteAddr)
	// The request as it arrived; a client that has gone is no fault of ours.
	_ = r.Write(w)
}

func addresses() []string {
	networks, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var found []string
	for _, network := range networks {
		if ip, ok := network.(*net.IPNet); ok {
			found = append(found, ip.IP.String())
		}
	}
	return found
}

func health() http.HandlerFunc {
	var status atomic.Int64
	status.Store(http.StatusOK)
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.WriteHeader(int(status.Load()))
			return
		}
		body, err := io.ReadAll(io.LimitReader(r.Body, 16))
		code, parseErr := strconv.Atoi(strings.TrimSpace(string(body)))
		if err != nil || parseErr != nil || code < 200 || code > 599 {
			http.Error(w, "the body must be a status code from 200 to 599", http.StatusBadRequest)
			return
		}
		status.Store(int64(code))
	}
}
