package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// cluster is an API that knows one token, reader, whose account may read nodes, namespaces and pods of the namespace lan.
type cluster struct {
	mutex   sync.Mutex
	methods map[string]int
}

func (c *cluster) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mutex.Lock()
	c.methods[r.Method+" "+r.URL.Path]++
	c.mutex.Unlock()
	if r.Header.Get("Authorization") != "Bearer reader" {
		http.Error(w, "", http.StatusUnauthorized)
		return
	}
	row := func(cells, created string) string {
		return fmt.Sprintf(`{"cells":%s,"object":{"metadata":{"creationTimestamp":%q}}}`, cells, created)
	}
	answer := func(columns string, rows ...string) {
		if !strings.Contains(r.Header.Get("Accept"), "as=Table") {
			http.Error(w, "", http.StatusNotAcceptable)
			return
		}
		fmt.Fprintf(w, `{"kind":"Table","metadata":{"continue":"more"},"columnDefinitions":%s,"rows":[%s]}`, columns, strings.Join(rows, ","))
	}
	name := `[{"name":"Name","priority":0},{"name":"Wide","priority":1},{"name":"Count","priority":0}]`
	switch r.URL.Path {
	case "/apis/authentication.k8s.io/v1/selfsubjectreviews":
		w.WriteHeader(http.StatusCreated)
		fmt.Fprint(w, `{"status":{"userInfo":{"username":"system:serviceaccount:sys:dashboard-reader"}}}`)
	case "/api/v1/nodes":
		answer(name, row(`["node-1","hidden",1000000]`, "2026-01-01T00:00:00Z"))
	case "/api/v1/namespaces":
		answer(name, row(`["lan","hidden",1]`, "2026-01-01T00:00:00Z"))
	case "/api/v1/namespaces/lan/pods":
		answer(name, row(`["<script>alert(1)</script>","hidden",null]`, "2026-01-01T00:00:00Z"))
	case "/api/v1/namespaces/lan/events":
		answer(name, row(`["older","",1]`, "2026-01-01T00:00:00Z"), row(`["newer","",1]`, "2026-01-02T00:00:00Z"))
	default:
		http.Error(w, "", http.StatusForbidden)
	}
}

func newSite(t *testing.T) (*httptest.Server, *cluster) {
	t.Helper()
	backend := &cluster{methods: map[string]int{}}
	upstream := httptest.NewServer(backend)
	t.Cleanup(upstream.Close)
	server := httptest.NewServer((&site{newAPI(upstream.URL, http.DefaultTransport)}).routes())
	t.Cleanup(server.Close)
	return server, backend
}

func ask(t *testing.T, method, address, token string, form url.Values, headers ...string) (int, string, http.Header) {
	t.Helper()
	request, err := http.NewRequestWithContext(context.Background(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for index := 0; index < len(headers); index += 2 {
		request.Header.Set(headers[index], headers[index+1])
	}
	if token != "" {
		request.AddCookie(&http.Cookie{Name: cookie, Value: token})
	}
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

func TestWithoutATokenThereIsTheLoginOnly(t *testing.T) {
	server, backend := newSite(t)
	for _, path := range []string{"/", "/namespaces/lan"} {
		code, text, header := ask(t, "GET", server.URL+path, "", nil)
		if code != 200 || !strings.Contains(text, "Log in") || !strings.Contains(text, banner) || strings.Contains(text, "node-1") {
			t.Errorf("%s: %d\n%s", path, code, text)
		}
		if header.Get("Cache-Control") != "no-store" || !strings.Contains(header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
			t.Errorf("%v", header)
		}
	}
	if len(backend.methods) != 0 {
		t.Errorf("the API was asked: %v", backend.methods)
	}
}

func TestALoginKeepsTheTokenOutOfReach(t *testing.T) {
	server, _ := newSite(t)
	code, _, header := ask(t, "POST", server.URL+"/login", "", url.Values{"token": {" reader\n"}})
	kept := header.Get("Set-Cookie")
	if code != http.StatusSeeOther || header.Get("Location") != "/" {
		t.Fatalf("%d %v", code, header)
	}
	for _, part := range []string{"__Host-dashboard-token=reader;", "Path=/", "HttpOnly", "Secure", "SameSite=Strict"} {
		if !strings.Contains(kept, part) {
			t.Errorf("%s lacks %s", kept, part)
		}
	}
	if strings.Contains(kept, "Max-Age") || strings.Contains(kept, "Expires") {
		t.Errorf("%s outlives the browser", kept)
	}
}

func TestLoginsThatAreRefused(t *testing.T) {
	server, backend := newSite(t)
	for name, one := range map[string]struct {
		token string
		want  int
	}{
		"unknown": {"other", 401}, "empty": {"", 400}, "header in it": {"a\r\nX: y", 400}, "long": {strings.Repeat("a", tokenSize+1), 400},
		"huge": {strings.Repeat("a", formSize), 400},
	} {
		code, text, header := ask(t, "POST", server.URL+"/login", "", url.Values{"token": {one.token}})
		if code != one.want || !strings.Contains(text, `id="message"`) || strings.Contains(header.Get("Set-Cookie"), "reader") {
			t.Errorf("%s: %d %v", name, code, header)
		}
		if one.token != "" && strings.Contains(text, one.token) {
			t.Errorf("%s: the token is on the page", name)
		}
	}
	if code, _, _ := ask(t, "POST", server.URL+"/login", "", url.Values{"token": {"reader"}}, "Sec-Fetch-Site", "cross-site"); code != http.StatusForbidden {
		t.Errorf("another site may log its visitors in: %d", code)
	}
	if backend.methods["POST /apis/authentication.k8s.io/v1/selfsubjectreviews"] != 1 {
		t.Errorf("%v", backend.methods)
	}
}

func TestTheClusterAsItsReaderSeesIt(t *testing.T) {
	server, backend := newSite(t)
	code, text, _ := ask(t, "GET", server.URL+"/", "reader", nil)
	for _, part := range []string{banner, "system:serviceaccount:sys:dashboard-reader", "<td>node-1</td><td>1000000</td>", `<a href="/namespaces/lan">lan</a>`, "There are more"} {
		if !strings.Contains(text, part) {
			t.Errorf("lacks %s", part)
		}
	}
	if code != 200 || strings.Contains(text, "hidden") {
		t.Errorf("%d\n%s", code, text)
	}
	for asked := range backend.methods {
		if !strings.HasPrefix(asked, "GET ") && asked != "POST /apis/authentication.k8s.io/v1/selfsubjectreviews" {
			t.Errorf("a page that only reads asked %s", asked)
		}
		if strings.Contains(asked, "secrets") {
			t.Errorf("asked %s", asked)
		}
	}
}

func TestANamespaceWithWhatMayNotBeRead(t *testing.T) {
	server, _ := newSite(t)
	_, text, _ := ask(t, "GET", server.URL+"/namespaces/lan", "reader", nil)
	if strings.Contains(text, "nil") || strings.Contains(text, "<script") || !strings.Contains(text, "&lt;script&gt;") {
		t.Errorf("not escaped:\n%s", text)
	}
	if strings.Count(text, errForbidden.Error()) != 7 {
		t.Errorf("what is forbidden does not say so:\n%s", text)
	}
	if newer, older := strings.Index(text, "newer"), strings.Index(text, "older"); newer < 0 || newer > older {
		t.Errorf("the latest event is not first:\n%s", text)
	}
}

func TestNamesThatAreNoNamespace(t *testing.T) {
	server, backend := newSite(t)
	for _, path := range []string{"/namespaces/..%2f..%2fsecrets", "/namespaces/A", "/namespaces/a%3fwatch=1", "/namespaces/" + strings.Repeat("a", 64)} {
		if code, _, _ := ask(t, "GET", server.URL+path, "reader", nil); code != http.StatusNotFound {
			t.Errorf("%s: %d", path, code)
		}
	}
	if len(backend.methods) != 0 {
		t.Errorf("%v", backend.methods)
	}
}

func TestATokenThatHasEndedLeadsToTheLogin(t *testing.T) {
	server, _ := newSite(t)
	code, text, header := ask(t, "GET", server.URL+"/", "ended", nil)
	if code != 401 || !strings.Contains(text, "Log in") || !strings.Contains(header.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("%d %v\n%s", code, header, text)
	}
	if code, _, header := ask(t, "POST", server.URL+"/logout", "reader", nil); code != 303 || !strings.Contains(header.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("%d %v", code, header)
	}
}

func TestAnAPIThatIsAway(t *testing.T) {
	server := httptest.NewServer((&site{newAPI("http://127.0.0.1:1", http.DefaultTransport)}).routes())
	defer server.Close()
	if code, text, header := ask(t, "GET", server.URL+"/", "reader", nil); code != 502 || header.Get("Set-Cookie") != "" || strings.Contains(text, "127.0.0.1") {
		t.Errorf("%d %v", code, header)
	}
}
