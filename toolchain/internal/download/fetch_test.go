package download

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var content = strings.Repeat("0123456789", 100_000)

func checksumOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// host plays one that publishes: each request is answered by the next of the manners, and by the last one from then on.
type host struct {
	*httptest.Server
	mutex sync.Mutex
	asked []string // the ranges that were asked for
}

type manner func(http.ResponseWriter, *http.Request)

func newHost(t *testing.T, manners ...manner) *host {
	t.Helper()
	h := &host{}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mutex.Lock()
		answer := manners[min(len(h.asked), len(manners)-1)]
		h.asked = append(h.asked, r.Header.Get("Range"))
		h.mutex.Unlock()
		answer(w, r)
	}))
	t.Cleanup(h.Close)
	return h
}

func whole(w http.ResponseWriter, r *http.Request) {
	http.ServeContent(w, r, "tool", time.Time{}, strings.NewReader(content))
}

// half promises all, sends half of it and hangs up.
func half(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", fmt.Sprint(len(content)))
	_, _ = w.Write([]byte(content[:len(content)/2]))
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

// withoutRanges sends all, whatever was asked for.
func withoutRanges(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(content)) }

func status(code int) manner {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// stalling sends half and then nothing.
func stalling(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Length", fmt.Sprint(len(content)))
	_, _ = w.Write([]byte(content[:len(content)/2]))
	w.(http.Flusher).Flush()
	<-r.Context().Done()
}

func newClient(t *testing.T, mirror string) *Client {
	t.Helper()
	client, err := New(t.TempDir(), mirror)
	if err != nil {
		t.Fatal(err)
	}
	client.idle, client.pause = 200*time.Millisecond, 0
	return client
}

func unheard(int64, int64) {}

func fetched(t *testing.T, client *Client, location string) {
	t.Helper()
	path, err := client.Fetch(context.Background(), location, checksumOf(content), unheard)
	if err != nil {
		t.Fatal(err)
	}
	if read, err := os.ReadFile(path); err != nil || string(read) != content {
		t.Errorf("it has %d bytes (%v), want %d", len(read), err, len(content))
	}
}

func TestAFileIsFetchedOnce(t *testing.T) {
	host := newHost(t, whole)
	client := newClient(t, "")
	var last, all int64
	_, err := client.Fetch(context.Background(), host.URL+"/tool", checksumOf(content), func(there, of int64) { last, all = there, of })
	if err != nil || last != int64(len(content)) || all != last {
		t.Errorf("heard of %d of %d bytes (%v)", last, all, err)
	}
	fetched(t, client, host.URL+"/tool")
	if len(host.asked) != 1 {
		t.Errorf("asked %d times, want once", len(host.asked))
	}
}

func TestWhatIsCutOffGoesOnWhereItEnded(t *testing.T) {
	host := newHost(t, half, status(http.StatusServiceUnavailable), whole)
	fetched(t, newClient(t, ""), host.URL+"/tool")
	if want := []string{"", "bytes=500000-", "bytes=500000-"}; !slices.Equal(host.asked, want) {
		t.Errorf("asked for %q, want %q", host.asked, want)
	}
}

func TestAHostWithoutRangesIsAskedForAllAgain(t *testing.T) {
	fetched(t, newClient(t, ""), newHost(t, half, withoutRanges).URL+"/tool")
}

func TestAHostThatStallsIsAskedAgain(t *testing.T) {
	fetched(t, newClient(t, ""), newHost(t, stalling, whole).URL+"/tool")
}

// unavailable fetches and wants to be told, by these words, that the file cannot be had.
func unavailable(t *testing.T, client *Client, location, words string) {
	t.Helper()
	_, err := client.Fetch(context.Background(), location, checksumOf(content), unheard)
	var reason Unavailable
	if !errors.As(err, &reason) || !strings.Contains(err.Error(), words) {
		t.Errorf("error is %v, want that it is unavailable: %q", err, words)
	}
}

func TestAFileThatCannotBeHad(t *testing.T) {
	absent := newHost(t, status(http.StatusNotFound))
	unavailable(t, newClient(t, ""), absent.URL+"/tool", "404")
	if len(absent.asked) != 1 {
		t.Errorf("asked %d times for what is not there", len(absent.asked))
	}
	unavailable(t, newClient(t, ""), newHost(t, half).URL+"/tool", "given up after 3 attempts: cut off after 500000 of 1000000 bytes")
	unavailable(t, newClient(t, ""), newHost(t, stalling).URL+"/tool", "nothing came for 200ms")
	unavailable(t, newClient(t, ""), newHost(t, status(http.StatusBadGateway)).URL+"/tool", "502")
}

func TestAnotherFileIsAnErrorAndIsNotKept(t *testing.T) {
	host := newHost(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("another")) })
	client := newClient(t, "")
	_, err := client.Fetch(context.Background(), host.URL+"/tool", checksumOf(content), unheard)
	if want := (Mismatch{host.URL + "/tool", checksumOf(content), checksumOf("another")}); !errors.Is(err, want) {
		t.Errorf("error is %v, want %v", err, want)
	}
	if kept, err := os.ReadDir(client.folder); err != nil || len(kept) > 0 {
		t.Errorf("%d files are kept (%v)", len(kept), err)
	}
}

// A part that a run before has left may be of another file, or longer than the file.
func TestAPartThatDoesNotFitIsThrownAway(t *testing.T) {
	for _, part := range []string{"another", content + "more"} {
		client := newClient(t, "")
		if err := os.WriteFile(filepath.Join(client.folder, checksumOf(content)), []byte(part), 0o644); err != nil {
			t.Fatal(err)
		}
		fetched(t, client, newHost(t, whole).URL+"/tool")
	}
}

func TestTooMuchIsRefused(t *testing.T) {
	host := newHost(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", fmt.Sprint(largest+1)) })
	_, err := newClient(t, "").Fetch(context.Background(), host.URL+"/tool", checksumOf(content), unheard)
	var reason Unavailable
	if err == nil || errors.As(err, &reason) || !strings.Contains(err.Error(), "more than 1024 MiB") {
		t.Errorf("error is %v", err)
	}
}

func TestAMirrorHasFilesByHostAndPath(t *testing.T) {
	paths := make(chan string, 1)
	host := newHost(t, func(w http.ResponseWriter, r *http.Request) {
		paths <- r.URL.Path
		whole(w, r)
	})
	fetched(t, newClient(t, host.URL+"/releases/"), "https://dl.example/v1/tool")
	if path := <-paths; path != "/releases/dl.example/v1/tool" {
		t.Errorf("asked for %s", path)
	}
	for _, wrong := range []string{"mirror.example", "ftp://mirror.example", "/srv/mirror"} {
		if _, err := New(t.TempDir(), wrong); err == nil || !strings.Contains(err.Error(), "RELEASES_MIRROR") {
			t.Errorf("%s: error is %v", wrong, err)
		}
	}
}

func TestHostsAreAskedAtOnceAndWithinSeconds(t *testing.T) {
	answering := newHost(t, status(http.StatusNotFound))
	gone := newHost(t, whole)
	gone.Close()
	// It takes connections and says nothing.
	mute, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close()
	silent := "http://" + mute.Addr().String()
	started := time.Now()
	found := newClient(t, "").Ask(context.Background(), []string{
		answering.URL + "/a", answering.URL + "/b", gone.URL + "/c", silent + "/d", silent + "/e", "http://nowhere.invalid/f",
	})
	if took := time.Since(started); took > connecting+time.Second {
		t.Errorf("it took %s", took)
	}
	if len(answering.asked) != 1 {
		t.Errorf("one host was asked %d times", len(answering.asked))
	}
	for location, want := range map[string]string{
		gone.URL + "/c": "connection refused", silent + "/d": "nothing came within 3s", silent + "/e": "nothing came within 3s",
		"http://nowhere.invalid/f": "nowhere.invalid",
	} {
		reason, isSilent := found[location]
		if !isSilent || !strings.Contains(reason.Error(), want) {
			t.Errorf("%s: %v, want %q", location, reason, want)
		}
		delete(found, location)
	}
	if len(found) > 0 {
		t.Errorf("these answer: %v", found)
	}
}

func TestFetchingEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	client := newClient(t, "")
	client.idle = time.Minute
	if _, err := client.Fetch(ctx, newHost(t, stalling).URL+"/tool", checksumOf(content), unheard); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error is %v", err)
	}
}
