package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func newSite(t *testing.T) (*httptest.Server, *fakeStore, *lifecycle) {
	t.Helper()
	read, err := readSettings(with(nil))
	if err != nil {
		t.Fatal(err)
	}
	store, state := newFakeStore(), newLifecycle()
	server := httptest.NewServer((&site{settings: read, store: store, state: state}).routes())
	t.Cleanup(server.Close)
	return server, store, state
}

func ask(t *testing.T, method, url string, form url.Values) (int, string, http.Header) {
	t.Helper()
	request, err := http.NewRequestWithContext(context.Background(), method, url, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text), response.Header
}

func TestAPageIsWrittenAndRead(t *testing.T) {
	server, _, _ := newSite(t)
	title := "A/B test: 50% & <b>more</b>?"
	code, _, header := ask(t, "POST", server.URL+"/pages", url.Values{"title": {title}, "body": {"<script>alert(1)</script>\nsecond line"}})
	if code != http.StatusSeeOther {
		t.Fatalf("%d", code)
	}
	code, text, _ := ask(t, "GET", server.URL+header.Get("Location"), nil)
	if code != http.StatusOK || strings.Contains(text, "<script") || strings.Contains(text, "<b>more") ||
		!strings.Contains(text, "&lt;script&gt;") || !strings.Contains(text, "second line") {
		t.Errorf("%d\n%s", code, text)
	}
	_, list, _ := ask(t, "GET", server.URL+"/", nil)
	if !strings.Contains(list, `href="`+strings.ReplaceAll(header.Get("Location"), "&", "&amp;")+`"`) {
		t.Errorf("the list does not lead to %s:\n%s", header.Get("Location"), list)
	}
}

func TestSpacesAreSeparate(t *testing.T) {
	server, _, _ := newSite(t)
	for space, body := range map[string]string{"": "of LAB", "OPS": "of OPS"} {
		_, _, header := ask(t, "POST", server.URL+"/pages", url.Values{"title": {"Home"}, "body": {body}, "space": {space}})
		if _, text, _ := ask(t, "GET", server.URL+header.Get("Location"), nil); !strings.Contains(text, body) {
			t.Errorf("%q: %s", space, text)
		}
	}
}

func TestEveryPageSaysWhatItIs(t *testing.T) {
	server, store, _ := newSite(t)
	store.pages[[2]string{"LAB", "Home"}] = page{Space: "LAB", Title: "Home"}
	look := func(path string, want int) {
		code, text, header := ask(t, "GET", server.URL+path, nil)
		if code != want {
			t.Errorf("%s: %d", path, code)
		}
		for _, part := range []string{"stand-in for Confluence: not Atlassian&#39;s product", "confluence.coolcorp.priv", "1024m", "svc-confluencedb:5432"} {
			if !strings.Contains(text, part) {
				t.Errorf("%s lacks %q:\n%s", path, part, text)
			}
		}
		if strings.Contains(text, "p@ss") || !strings.Contains(header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: %v\n%s", path, header, text)
		}
	}
	look("/", 200)
	look("/pages/Home", 200)
	look("/pages/None", 404)
	look("/anything", 404)
	look("/json/other.action", 404)
	store.fail(away)
	look("/", 503)
	look("/pages/Home", 503)
}

func TestStatus(t *testing.T) {
	server, _, state := newSite(t)
	look := func(wantCode int, want string) {
		code, text, _ := ask(t, "GET", server.URL+"/status", nil)
		if code != wantCode || text != want {
			t.Errorf("%d %q", code, text)
		}
	}
	look(503, `{"state":"STARTING"}`)
	state.set(running, "")
	look(200, `{"state":"RUNNING"}`)
	state.set(failed, "")
	look(500, `{"state":"ERROR"}`)
}

func TestWhatAnIngressMustBlockIsThere(t *testing.T) {
	server, _, _ := newSite(t)
	for _, path := range []string{"/setup/setupadministrator.action", "/setup/setupadministrator-start.action", "/server-info.action",
		"/json/setup-restore.action", "/json/setup-restore-local.action", "/json/setup-restore-progress.action"} {
		for _, method := range []string{"GET", "POST"} {
			if code, text, _ := ask(t, method, server.URL+path, nil); code != 200 || text != "reached\n" {
				t.Errorf("%s %s: %d %q", method, path, code, text)
			}
		}
	}
}

func TestPagesThatAreRefused(t *testing.T) {
	server, store, _ := newSite(t)
	for name, one := range map[string]struct {
		form url.Values
		want int
	}{
		"no title":   {url.Values{"title": {"  "}}, 400},
		"long title": {url.Values{"title": {strings.Repeat("ä", 256)}}, 400},
		"zero byte":  {url.Values{"title": {"a"}, "body": {"\x00"}}, 400},
		"no text":    {url.Values{"title": {"a"}, "body": {"\xff"}}, 400},
		"large":      {url.Values{"title": {"a"}, "body": {strings.Repeat("x", maxBody)}}, 413},
	} {
		if code, _, _ := ask(t, "POST", server.URL+"/pages", one.form); code != one.want {
			t.Errorf("%s: %d", name, code)
		}
	}
	if len(store.pages) != 0 {
		t.Errorf("%v", store.pages)
	}
}
