package main

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"log"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"
)

// banner stands on every page.
const banner = "stand-in for Confluence: not Atlassian's product"

const (
	// defaultSpace is the space of a page whose writer names none.
	defaultSpace = "LAB"
	// maxTitle and maxSpace are Confluence's own bounds, in characters; maxBody is ours, in bytes of the whole form.
	maxTitle, maxSpace = 255, 255
	maxBody            = 1 << 20
	// requestTime is how long a request may wait for the database.
	requestTime = 5 * time.Second
)

//go:embed templates
var templateFiles embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{"path": pagePath}).
	ParseFS(templateFiles, "templates/*.html"))

// site answers requests.
type site struct {
	settings    settings
	homeCreated time.Time
	store       Store
	state       *lifecycle
}

// view is what a template gets.
type view struct {
	Banner      string
	Settings    settings
	BaseURL     string
	Database    string
	HomeCreated time.Time
	State       phase
	// Of these a template shows its own.
	Pages   []page
	Page    page
	Heading string
	Message string
}

func (s *site) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.list)
	mux.HandleFunc("GET /pages/{title...}", s.show)
	mux.HandleFunc("POST /pages", s.write)
	mux.HandleFunc("GET /status", s.status)
	// What an ingress has to block after the setup: CVE-2023-22515 and CVE-2023-22518.
	mux.HandleFunc("/setup/", reached)
	mux.HandleFunc("/server-info.action", reached)
	mux.HandleFunc("/json/{action}", func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.PathValue("action"), "setup-restore") {
			s.notFound(w, r)
			return
		}
		reached(w, r)
	})
	mux.HandleFunc("/", s.notFound)
	return guarded(mux)
}

// guarded sets what a browser has to know about every answer.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

func reached(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintln(w, "reached")
}

func (s *site) status(w http.ResponseWriter, _ *http.Request) {
	state, _ := s.state.get()
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(state.statusCode())
	// Without a line's end, as Confluence: scripts compare the whole text.
	answer, _ := json.Marshal(struct {
		State phase `json:"state"`
	}{state})
	_, _ = w.Write(answer)
}

func (s *site) list(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), requestTime)
	defer cancel()
	pages, err := s.store.Pages(ctx)
	if err != nil {
		s.unavailable(w, err)
		return
	}
	s.render(w, http.StatusOK, "list.html", view{Pages: pages})
}

func (s *site) show(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), requestTime)
	defer cancel()
	found, err := s.store.Page(ctx, spaceOf(r.URL.Query().Get("space")), r.PathValue("title"))
	switch {
	case errors.Is(err, errNoPage):
		s.notFound(w, r)
	case err != nil:
		s.unavailable(w, err)
	default:
		s.render(w, http.StatusOK, "page.html", view{Page: found})
	}
}

func (s *site) write(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			s.explain(w, http.StatusRequestEntityTooLarge, "Not written", fmt.Sprintf("A page has at most %d bytes.", maxBody))
			return
		}
		s.explain(w, http.StatusBadRequest, "Not written", "The form cannot be read; it has the fields title, body and space.")
		return
	}
	space, title, body := spaceOf(r.PostForm.Get("space")), strings.TrimSpace(r.PostForm.Get("title")), r.PostForm.Get("body")
	if fault := faultOf(space, title, body); fault != "" {
		s.explain(w, http.StatusBadRequest, "Not written", fault)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), requestTime)
	defer cancel()
	if err := s.store.Write(ctx, space, title, body); err != nil {
		s.unavailable(w, err)
		return
	}
	http.Redirect(w, r, pagePath(page{Space: space, Title: title}), http.StatusSeeOther)
}

// faultOf says what keeps a page from being written, or nothing.
func faultOf(space, title, body string) string {
	switch {
	case title == "":
		return "A page needs a title."
	case utf8.RuneCountInString(title) > maxTitle:
		return fmt.Sprintf("A title has at most %d characters.", maxTitle)
	case utf8.RuneCountInString(space) > maxSpace:
		return fmt.Sprintf("The key of a space has at most %d characters.", maxSpace)
	}
	for _, text := range []string{space, title, body} {
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			return "A page is text in UTF-8 without zero bytes."
		}
	}
	return ""
}

func spaceOf(given string) string {
	if trimmed := strings.TrimSpace(given); trimmed != "" {
		return trimmed
	}
	return defaultSpace
}

// pagePath is the path of a page on this site.
func pagePath(p page) string {
	path := "/pages/" + url.PathEscape(p.Title)
	if p.Space != defaultSpace {
		path += "?" + url.Values{"space": {p.Space}}.Encode()
	}
	return path
}

func (s *site) notFound(w http.ResponseWriter, _ *http.Request) {
	s.explain(w, http.StatusNotFound, "Page not found", "There is nothing under this address.")
}

// unavailable says that the database cannot be used; why is in the log and not on a page for everybody.
func (s *site) unavailable(w http.ResponseWriter, err error) {
	log.Printf("a request failed: %s", plain(err))
	w.Header().Set("Retry-After", "5")
	s.explain(w, http.StatusServiceUnavailable, "Not available", "The database does not answer. Try again in a moment.")
}

func (s *site) explain(w http.ResponseWriter, code int, heading, message string) {
	s.render(w, code, "message.html", view{Heading: heading, Message: message})
}

func (s *site) render(w http.ResponseWriter, code int, name string, content view) {
	content.Banner, content.Settings = banner, s.settings
	content.BaseURL, content.Database = s.settings.baseURL(), s.settings.databaseAddress()
	content.HomeCreated = s.homeCreated
	content.State, _ = s.state.get()
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
