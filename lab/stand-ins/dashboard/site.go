package main

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"html/template"
	"log"
	"net/http"
	"regexp"
	"strings"
	"sync"
)

const (
	banner = "stand-in for Headlamp: a small read-only page of the lab, not the product"
	// cookie holds the token in the browser, until that is closed or the token ends. Its prefix lets browsers take it only
	// by HTTPS, of this host, for all paths.
	cookie = "__Host-dashboard-token"
	// formSize bounds a login, in bytes. A browser keeps cookies of up to 4096.
	formSize, tokenSize = 16 << 10, 3800
)

//go:embed templates
var templateFiles embed.FS

var templates = template.Must(template.ParseFS(templateFiles, "templates/*.html"))

var (
	namespaceName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)
	// tokenText is what a bearer token consists of (RFC 6750).
	tokenText = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`)
)

// source is one list of a page.
type source struct {
	Title, Path string
	LatestFirst bool
}

var clusterSources = []source{
	{Title: "Nodes", Path: "/api/v1/nodes"},
	{Title: "Namespaces", Path: "/api/v1/namespaces"},
}

// namespaceSources are the lists of a namespace.
func namespaceSources(namespace string) []source {
	in := func(group, kind string) string { return group + "/namespaces/" + namespace + "/" + kind }
	return []source{
		{Title: "Deployments", Path: in("/apis/apps/v1", "deployments")},
		{Title: "StatefulSets", Path: in("/apis/apps/v1", "statefulsets")},
		{Title: "DaemonSets", Path: in("/apis/apps/v1", "daemonsets")},
		{Title: "CronJobs", Path: in("/apis/batch/v1", "cronjobs")},
		{Title: "Jobs", Path: in("/apis/batch/v1", "jobs")},
		{Title: "Pods", Path: in("/api/v1", "pods")},
		{Title: "Services", Path: in("/api/v1", "services")},
		{Title: "Volume claims", Path: in("/api/v1", "persistentvolumeclaims")},
		{Title: "Events", Path: in("/api/v1", "events"), LatestFirst: true},
	}
}

// section is a list on a page, or why it is not there.
type section struct {
	Title, Fault string
	List         list
	// Linked: the first cell of a row is the name of a namespace that has a page.
	Linked bool
}

// view is what a template gets.
type view struct {
	Banner, Title, User, Message string
	Sections                     []section
}

// site answers requests.
type site struct{ api *api }

func (s *site) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		s.show(w, r, "Cluster", clusterSources)
	})
	mux.HandleFunc("GET /namespaces/{namespace}", func(w http.ResponseWriter, r *http.Request) {
		namespace := r.PathValue("namespace")
		if !namespaceName.MatchString(namespace) {
			http.NotFound(w, r)
			return
		}
		s.show(w, r, "Namespace "+namespace, namespaceSources(namespace))
	})
	mux.HandleFunc("POST /login", s.login)
	mux.HandleFunc("POST /logout", func(w http.ResponseWriter, r *http.Request) {
		keep(w, "")
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	return guarded(http.NewCrossOriginProtection().Handler(mux))
}

// guarded sets what a browser has to know about every answer.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// keep stores the token in the browser, or removes it when it is empty.
func keep(w http.ResponseWriter, token string) {
	kept := &http.Cookie{Name: cookie, Value: token, Path: "/", HttpOnly: true, Secure: true, SameSite: http.SameSiteStrictMode}
	if token == "" {
		kept.MaxAge = -1
	}
	http.SetCookie(w, kept)
}

func (s *site) login(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, formSize)
	token := strings.TrimSpace(r.PostFormValue("token"))
	if !tokenText.MatchString(token) || len(token) > tokenSize {
		render(w, http.StatusBadRequest, "login.html", view{Message: "This is no token of the API."})
		return
	}
	if _, err := s.api.whoIs(r.Context(), token); err != nil {
		refuse(w, err)
		return
	}
	keep(w, token)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// show answers with the lists that the user may read, and with the login where no user has logged in.
func (s *site) show(w http.ResponseWriter, r *http.Request, title string, sources []source) {
	kept, err := r.Cookie(cookie)
	if err != nil || !tokenText.MatchString(kept.Value) {
		render(w, http.StatusOK, "login.html", view{})
		return
	}
	user, err := s.api.whoIs(r.Context(), kept.Value)
	if err != nil {
		refuse(w, err)
		return
	}
	render(w, http.StatusOK, "lists.html", view{Title: title, User: user, Sections: s.read(r.Context(), kept.Value, sources)})
}

// refuse leads back to the login when the token is not accepted, and says so when the API is away.
func refuse(w http.ResponseWriter, err error) {
	if errors.Is(err, errToken) {
		keep(w, "")
		render(w, http.StatusUnauthorized, "login.html", view{Message: err.Error() + "."})
		return
	}
	log.Print(err)
	render(w, http.StatusBadGateway, "login.html", view{Message: "The API cannot be asked. Try again in a moment."})
}

// read asks for all lists at the same time.
func (s *site) read(ctx context.Context, token string, sources []source) []section {
	sections := make([]section, len(sources))
	var asking sync.WaitGroup
	for index, source := range sources {
		asking.Go(func() {
			found, err := s.api.list(ctx, token, source.Path, source.LatestFirst)
			sections[index] = section{Title: source.Title, List: found, Linked: source.Title == "Namespaces"}
			if err != nil {
				sections[index].Fault = err.Error()
			}
		})
	}
	asking.Wait()
	return sections
}

func render(w http.ResponseWriter, code int, name string, content view) {
	content.Banner = banner
	var text bytes.Buffer
	if err := templates.ExecuteTemplate(&text, name, content); err != nil {
		log.Printf("%s: %v", name, err)
		http.Error(w, "the page cannot be shown", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(code)
	_, _ = w.Write(text.Bytes())
}
