package download

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Mismatch is a file that is not the one with the checksum.
type Mismatch struct{ Place, Expected, Got string }

func (m Mismatch) Error() string {
	return fmt.Sprintf("what was downloaded is not what was chosen, and is thrown away.\n  from      %s\n  expected  SHA-256 %s\n"+
		"  got       SHA-256 %s\nLook whether something answers in the place of that host (RELEASES_MIRROR, HTTPS_PROXY, a page to log in), "+
		"and run it again; with TOOLS=build it is built from source", m.Place, m.Expected, m.Got)
}

// refused is an answer without the file.
type refused struct{ status string }

func (r refused) Error() string { return "it answers " + r.status }

// Fetch returns the path of the file with this SHA-256. What there is of it already, of a run before too, is not fetched again.
// report hears how many bytes there are, and of how many; it is 0 where that is not known. The error is Unavailable where the file
// cannot be had, and Mismatch where another file is in its place.
func (c *Client) Fetch(ctx context.Context, location, checksum string, report func(there, all int64)) (string, error) {
	path := filepath.Join(c.folder, checksum)
	if err := os.MkdirAll(c.folder, 0o755); err != nil {
		return "", err
	}
	got, err := Sum(path)
	if err == nil && got == checksum {
		return path, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	continued := err == nil
	for {
		if err := c.download(ctx, location, path, report); err != nil {
			return "", err
		}
		if got, err = Sum(path); err != nil || got == checksum {
			return path, err
		}
		if err := os.Remove(path); err != nil {
			return "", err
		}
		if !continued {
			return "", Mismatch{c.place(location), checksum, got}
		}
		continued = false // the part of a run before may have been of another file
	}
}

// Remove throws a file away that is not needed any more.
func (c *Client) Remove(checksum string) error { return os.Remove(filepath.Join(c.folder, checksum)) }

// download attempts to make the file whole.
func (c *Client) download(ctx context.Context, location, path string, report func(there, all int64)) error {
	var last error
	for attempt := range attempts {
		if attempt > 0 {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(c.pause):
			}
		}
		last = c.attempt(ctx, location, path, report)
		var ended final
		var answer refused
		switch {
		case last == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(last, &ended):
			return ended.error
		case errors.As(last, &answer) && strings.HasPrefix(answer.status, "4"):
			return Unavailable{c.host(location), last}
		}
	}
	return Unavailable{c.host(location), fmt.Errorf("given up after %d attempts: %w", attempts, last)}
}

// final is an error that no other attempt mends, nor a build.
type final struct{ error }

// attempt asks for what the file lacks and writes it behind what is there.
func (c *Client) attempt(ctx context.Context, location, path string, report func(there, all int64)) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return final{err}
	}
	defer file.Close()
	there, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return final{err}
	}
	receiving, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silence := fmt.Errorf("nothing came for %s", c.idle)
	watch := time.AfterFunc(c.idle, func() { cancel(silence) })
	defer watch.Stop()
	why := func(err error) error {
		if context.Cause(receiving) == silence {
			return silence
		}
		return cause(err)
	}

	request, err := http.NewRequestWithContext(receiving, http.MethodGet, c.place(location), nil)
	if err != nil {
		return err
	}
	if there > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", there))
	}
	answer, err := c.http.Do(request)
	if err != nil {
		return why(err)
	}
	defer answer.Body.Close()
	switch {
	case answer.StatusCode == http.StatusRequestedRangeNotSatisfiable && there > 0:
		return nil // it is whole, or another file, which its checksum tells
	case answer.StatusCode == http.StatusPartialContent && continues(answer, there):
	case answer.StatusCode == http.StatusOK:
		there = 0
		if err := errors.Join(file.Truncate(0), rewind(file)); err != nil {
			return final{err}
		}
	default:
		return refused{answer.Status}
	}
	all := int64(0)
	if answer.ContentLength >= 0 {
		all = there + answer.ContentLength
	}
	buffer := make([]byte, 64<<10)
	for {
		count, failure := answer.Body.Read(buffer)
		watch.Reset(c.idle)
		there += int64(count)
		if max(there, all) > largest {
			return final{fmt.Errorf("%s has more than %d MiB, and is not what was chosen", c.place(location), largest>>20)}
		}
		if _, err := file.Write(buffer[:count]); err != nil {
			return final{err}
		}
		report(there, all)
		if errors.Is(failure, io.EOF) {
			return nil
		}
		if failure != nil {
			return why(fmt.Errorf("cut off after %d of %d bytes: %w", there, all, failure))
		}
	}
}

// continues tells whether an answer begins where the file ends.
func continues(answer *http.Response, there int64) bool {
	return strings.HasPrefix(answer.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", there))
}

func rewind(file *os.File) error {
	_, err := file.Seek(0, io.SeekStart)
	return err
}

// Sum is the SHA-256 of a file, in hexadecimal.
func Sum(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
