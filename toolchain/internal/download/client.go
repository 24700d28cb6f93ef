// Package download fetches files that are known by their SHA-256 from hosts that may not be in reach.
package download

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

const (
	// connecting is how long a host may take until it is connected, and at the first question until it answers.
	connecting = 3 * time.Second
	// idle is how long a host may send nothing.
	idle = 20 * time.Second
	// largest is how many bytes a download may have.
	largest = 1 << 30
	// attempts are made at a download that is cut off; each goes on where the one before ended.
	attempts = 3
	// pause is between two of them.
	pause = time.Second
)

// Unavailable is a file that could not be had, for a reason that says nothing about the file.
type Unavailable struct {
	Host string
	Err  error
}

func (u Unavailable) Error() string { return fmt.Sprintf("%s: %v", u.Host, u.Err) }

func (u Unavailable) Unwrap() error { return u.Err }

// Client downloads. HTTPS_PROXY, HTTP_PROXY and NO_PROXY have an effect.
type Client struct {
	folder string
	mirror string
	http   *http.Client
	idle   time.Duration
	pause  time.Duration
}

// New makes a client that keeps in the folder what it has of a file until Remove. With a mirror, the base of a URL, a file is
// fetched from there, below its own host and path.
func New(folder, mirror string) (*Client, error) {
	if mirror != "" {
		base, err := url.Parse(mirror)
		if err != nil || base.Host == "" || (base.Scheme != "https" && base.Scheme != "http") {
			return nil, fmt.Errorf("RELEASES_MIRROR is no URL of a web server; it is one such as "+
				"https://mirror.example/releases, below which files lie by host and path (%s)", strings.TrimSuffix(mirror, "/"))
		}
	}
	transport := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: connecting}).DialContext,
		TLSHandshakeTimeout: connecting,
		ForceAttemptHTTP2:   true,
		DisableCompression:  true, // what is published is compressed, and the checksum is of that
	}
	return &Client{
		folder: folder, mirror: strings.TrimSuffix(mirror, "/"), http: &http.Client{Transport: transport}, idle: idle, pause: pause,
	}, nil
}

// Ask finds out which of the files' hosts answer, of all at once and within seconds, and returns those files that cannot be had.
func (c *Client) Ask(ctx context.Context, locations []string) map[string]Unavailable {
	asked, cancel := context.WithTimeout(ctx, connecting)
	defer cancel()
	byHost := map[string][]string{}
	for _, location := range locations {
		byHost[c.host(location)] = append(byHost[c.host(location)], location)
	}
	silent := map[string]Unavailable{}
	var group sync.WaitGroup
	var mutex sync.Mutex
	for host, files := range byHost {
		group.Add(1)
		go func() {
			defer group.Done()
			err := c.ask(asked, files[0])
			mutex.Lock()
			defer mutex.Unlock()
			for _, file := range files {
				if err != nil {
					silent[file] = Unavailable{host, err}
				}
			}
		}()
	}
	group.Wait()
	return silent
}

// ask takes any answer: whether the file is there is not the question.
func (c *Client) ask(ctx context.Context, location string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodHead, c.place(location), nil)
	if err != nil {
		return err
	}
	answer, err := c.http.Transport.RoundTrip(request) // no redirects
	if err != nil {
		return fmt.Errorf("it does not answer: %w", cause(err))
	}
	return answer.Body.Close()
}

// place is where a file is fetched from.
func (c *Client) place(location string) string {
	if c.mirror == "" {
		return location
	}
	_, path, _ := strings.Cut(location, "://")
	return c.mirror + "/" + path
}

func (c *Client) host(location string) string {
	parsed, err := url.Parse(c.place(location))
	if err != nil {
		return location
	}
	return parsed.Host
}

// cause is an error without the URL, which is long, told elsewhere and may hold a password.
func cause(err error) error {
	var outer *url.Error
	if errors.As(err, &outer) {
		err = outer.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("nothing came within %s", connecting)
	}
	return err
}
