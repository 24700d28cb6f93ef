package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sitewright/toolchain/internal/release"
)

// machine is one on which nothing was built, with a checkout of its own and a maker's host on it. The piece that it asks for is
// pulumi-home, which the builder makes of a folder in no time.
type machine struct {
	t         *testing.T
	folder    string
	host      *httptest.Server
	asked     atomic.Int32
	answer    atomic.Value // http.HandlerFunc
	variables []string
}

const (
	piece   = "pulumi-home"
	program = "#!/bin/sh\necho released\n"
)

// compiled is the path of the real builder.
var compiled string

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "builder-")
	if err != nil {
		panic(err)
	}
	compiled = filepath.Join(folder, "toolchain")
	if printed, err := exec.Command("go", "build", "-o", compiled, ".").CombinedOutput(); err != nil {
		panic(fmt.Sprintf("%v: %s", err, printed))
	}
	code := m.Run()
	os.RemoveAll(folder)
	os.Exit(code)
}

// packed is an archive as makers publish them.
func packed(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var made bytes.Buffer
	outer := gzip.NewWriter(&made)
	archive := tar.NewWriter(outer)
	for name, content := range files {
		if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(content)), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := archive.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	for _, end := range []func() error{archive.Close, outer.Close} {
		if err := end(); err != nil {
			t.Fatal(err)
		}
	}
	return made.Bytes()
}

func sending(content []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	}
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	m := &machine{t: t, folder: t.TempDir()}
	m.host = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.asked.Add(1)
		m.answer.Load().(http.HandlerFunc)(w, r)
	}))
	t.Cleanup(m.host.Close)
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"toolchain/modules", "toolchain/plugins", "lab", "vcenter"} {
		link := filepath.Join(m.folder, path)
		if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join(root, path), link); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// publish puts a release into the table and on the host.
func (m *machine) publish(name string, content []byte, files map[string]string) {
	m.t.Helper()
	m.answer.Store(sending(content))
	sum := sha256.Sum256(content)
	m.table(name, m.host.URL+"/v1/"+name+".tgz", hex.EncodeToString(sum[:]), files)
}

func (m *machine) table(name, location, checksum string, files map[string]string) {
	m.t.Helper()
	table, err := json.Marshal(release.Table{{Piece: name, Version: "1.0.0", Platforms: map[string]release.Download{
		runtime.GOOS + "/" + runtime.GOARCH: {URL: location, SHA256: checksum, Files: files},
	}}})
	if err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(m.folder, release.File), table, 0o644); err != nil {
		m.t.Fatal(err)
	}
}

// usual publishes what most tests need.
func (m *machine) usual() *machine {
	m.publish(piece, packed(m.t, map[string]string{"tool-1/tool": program, "tool-1/LICENSE": "x"}), map[string]string{"tool": "tool-1/tool"})
	return m
}

func (m *machine) command(args ...string) *exec.Cmd {
	m.t.Helper()
	command := exec.Command(compiled, append([]string{"--checkout", m.folder, "--only", piece}, args...)...)
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if !slices.Contains([]string{"TOOLS", "RELEASES_MIRROR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"}, strings.ToUpper(name)) {
			command.Env = append(command.Env, variable)
		}
	}
	command.Env = append(command.Env, "XDG_CACHE_HOME="+filepath.Join(m.folder, "cache"))
	command.Env = append(command.Env, m.variables...)
	return command
}

// build wants the builder to end well, and what it prints to hold all parts.
func (m *machine) build(parts ...string) {
	m.t.Helper()
	printed, err := m.command().CombinedOutput()
	if err != nil {
		m.t.Fatalf("%v:\n%s", err, printed)
	}
	holds(m.t, string(printed), parts...)
}

// fail wants it to end with an error, and no piece.
func (m *machine) fail(args []string, parts ...string) {
	m.t.Helper()
	printed, err := m.command(args...).CombinedOutput()
	if err == nil {
		m.t.Fatalf("it went well:\n%s", printed)
	}
	holds(m.t, string(printed), parts...)
	if m.has("") {
		m.t.Error("there is a piece")
	}
}

// has tells whether the toolchain of the checkout has a file in the piece's place.
func (m *machine) has(file string) bool {
	_, err := os.Stat(filepath.Join(m.folder, ".toolchain", piece, file))
	return err == nil
}

// isBuilt wants the piece to be the folder of the checkout; isReleased the program of the maker.
func (m *machine) isBuilt() {
	m.t.Helper()
	if m.has("tool") || !m.has("") {
		m.t.Error("it is not built")
	}
}

func (m *machine) isReleased() {
	m.t.Helper()
	printed, err := exec.Command(filepath.Join(m.folder, ".toolchain", piece, "tool")).CombinedOutput()
	if err != nil || string(printed) != "released\n" {
		m.t.Errorf("the program says %q (%v)", printed, err)
	}
}

func TestAReleaseIsDownloadedOnce(t *testing.T) {
	m := newMachine(t).usual()
	m.build("downloaded pulumi-home 1.0.0")
	m.isReleased()
	if left, _ := filepath.Glob(filepath.Join(m.folder, "cache/sitewright/downloads/*")); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
	asked := m.asked.Load()
	m.build()
	m.isReleased()
	if more := m.asked.Load() - asked; more > 0 {
		t.Errorf("the second run asked %d times", more)
	}
}

func TestWhatIsBuiltIsNotDownloaded(t *testing.T) {
	m := newMachine(t).usual()
	m.variables = []string{"TOOLS=build"}
	m.build()
	m.isBuilt()
	m.variables = nil
	m.build()
	m.isBuilt()
	if asked := m.asked.Load(); asked > 0 {
		t.Errorf("it asked %d times", asked)
	}
}

// What was downloaded and what is built stand side by side: each is there at once when it is asked for.
func TestFromTheReleaseToTheBuiltOneAndBack(t *testing.T) {
	m := newMachine(t).usual()
	m.build()
	m.isReleased()
	m.variables = []string{"TOOLS=build"}
	m.build("pulumi-home built")
	m.isBuilt()
	asked := m.asked.Load()
	m.variables = nil
	m.build()
	m.isBuilt()
	if printed, err := m.command("--official", piece).CombinedOutput(); err != nil {
		t.Fatalf("%v:\n%s", err, printed)
	}
	m.isReleased()
	if more := m.asked.Load() - asked; more > 0 {
		t.Errorf("it asked %d times more", more)
	}
}

func TestAWrongChecksumStops(t *testing.T) {
	m := newMachine(t).usual()
	right := m.answer.Load()
	other := []byte("another")
	m.answer.Store(sending(other))
	got := sha256.Sum256(other)
	m.fail(nil, "the release of pulumi-home", m.host.URL+"/v1/pulumi-home.tgz", "expected  SHA-256 ", "got       SHA-256 "+hex.EncodeToString(got[:]),
		"TOOLS=build")
	m.answer.Store(right)
	m.build()
	m.isReleased()
}

func TestWhatCannotBeHadIsBuilt(t *testing.T) {
	absent := newMachine(t).usual()
	absent.answer.Store(http.HandlerFunc(http.NotFound))
	absent.build("no release of pulumi-home (127.0.0.1:", "it answers 404 Not Found", "pulumi-home built")
	absent.isBuilt()

	refusing := newMachine(t).usual()
	refusing.host.Close()
	refusing.build("no release of pulumi-home (127.0.0.1:", "it does not answer", "connection refused", "pulumi-home built")
	refusing.isBuilt()

	unknown := newMachine(t)
	unknown.table(piece, "https://nowhere.invalid/tool.tgz", strings.Repeat("0", 64), map[string]string{"tool": "tool"})
	started := time.Now()
	unknown.build("no release of pulumi-home (nowhere.invalid: it does not answer", "pulumi-home built")
	unknown.isBuilt()
	if took := time.Since(started); took > 8*time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestAnOfficialPieceIsNotBuilt(t *testing.T) {
	m := newMachine(t).usual()
	m.host.Close()
	m.fail([]string{"--official", piece}, "TOOLS=official", "pulumi-home: 127.0.0.1:", "it does not answer", "RELEASES_MIRROR")
	m.fail([]string{"--official", "pause"}, "toolchain/releases.json has no release of it")
}

func TestAnArchiveThatIsNotAsTheTableSays(t *testing.T) {
	m := newMachine(t)
	m.publish(piece, packed(t, map[string]string{"tool": program}), map[string]string{"tool": "tool-1/tool"})
	m.fail(nil, "whose checksum is right", `does not hold "tool-1/tool"`, "correct toolchain/releases.json")
	m.publish(piece, packed(t, map[string]string{"tool": program, "../../../../escaped": "x"}), map[string]string{"tool": "tool"})
	m.fail(nil, `"../../../../escaped", which leads out`)
	if found, _ := filepath.Glob(filepath.Join(m.folder, "cache/sitewright/*escaped")); len(found) > 0 {
		t.Errorf("%v was written", found)
	}
}

func TestWhatAReleaseBringsTakesThePlaceOfOurs(t *testing.T) {
	m := newMachine(t)
	m.publish("pulumi", packed(t, map[string]string{"pulumi/pulumi": program, "pulumi/host": program}),
		map[string]string{"pulumi": "pulumi/pulumi", "pulumi-language-nodejs": "pulumi/host"})
	if printed, err := m.command("--only", "pulumi").CombinedOutput(); err != nil {
		t.Fatalf("%v:\n%s", err, printed)
	}
	for _, name := range []string{"pulumi", "pulumi-language-nodejs"} {
		if _, err := os.Stat(filepath.Join(m.folder, ".toolchain/bin", name)); err != nil {
			t.Error(err)
		}
	}
	listed, err := m.command("--list").Output()
	if err != nil || strings.Contains(string(listed), "language-host") || strings.Contains(string(listed), "policy-host") {
		t.Errorf("ours is still there (%v):\n%s", err, listed)
	}
	holds(t, string(listed), "downloaded")
}

func TestACacheThatIsReadOnlyIsToldBeforeAnyDownload(t *testing.T) {
	m := newMachine(t).usual()
	m.variables = []string{"XDG_CACHE_HOME=/sys"}
	m.fail(nil, "/sys/sitewright cannot be written")
	if asked := m.asked.Load(); asked > 0 {
		t.Errorf("it asked %d times", asked)
	}
}

// A builder that is killed leaves what it has; the next one goes on with that.
func TestAKilledDownloadGoesOn(t *testing.T) {
	m := newMachine(t)
	noise := make([]byte, 1<<20)
	for at := range noise {
		noise[at] = byte(at * at >> 7)
	}
	content := packed(t, map[string]string{"tool": program, "noise": string(noise)})
	m.publish(piece, content, map[string]string{"tool": "tool"})
	m.answer.Store(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		if r.Method == http.MethodGet {
			_, _ = w.Write(content[:len(content)/2])
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}
	}))
	command := m.command()
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	part := func() int64 {
		found, _ := filepath.Glob(filepath.Join(m.folder, "cache/sitewright/downloads/*"))
		if len(found) == 0 {
			return 0
		}
		info, err := os.Stat(found[0])
		if err != nil {
			return 0
		}
		return info.Size()
	}
	for deadline := time.Now().Add(20 * time.Second); part() < int64(len(content)/2); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the half did not arrive")
		}
	}
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = command.Wait()
	var ranges []string
	m.answer.Store(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			ranges = append(ranges, r.Header.Get("Range"))
		}
		sending(content)(w, r)
	}))
	m.build("downloaded pulumi-home")
	m.isReleased()
	if want := fmt.Sprintf("bytes=%d-", len(content)/2); len(ranges) != 1 || ranges[0] != want {
		t.Errorf("asked for %q, want %q", ranges, want)
	}
}

func TestAMirrorIsAskedInsteadOfTheMakers(t *testing.T) {
	m := newMachine(t).usual()
	content := m.answer.Load().(http.HandlerFunc)
	m.table(piece, "https://dl.invalid/v1/tool.tgz", m.checksum(), map[string]string{"tool": "tool-1/tool"})
	m.answer.Store(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/releases/dl.invalid/v1/tool.tgz" {
			http.NotFound(w, r)
			return
		}
		content(w, r)
	}))
	m.variables = []string{"RELEASES_MIRROR=" + m.host.URL + "/releases"}
	m.build("downloaded pulumi-home")
	m.isReleased()
}

func TestAMirrorThatIsNoURLIsRefused(t *testing.T) {
	m := newMachine(t).usual()
	m.variables = []string{"RELEASES_MIRROR=mirror.example"}
	m.fail(nil, "RELEASES_MIRROR is no URL of a web server")
}

func TestAProxyIsAskedUnlessItIsExcepted(t *testing.T) {
	m := newMachine(t).usual()
	m.table(piece, "http://dl.invalid/v1/tool.tgz", m.checksum(), map[string]string{"tool": "tool-1/tool"})
	m.variables = []string{"HTTP_PROXY=" + m.host.URL, "NO_PROXY=dl.invalid"}
	m.build("dl.invalid: it does not answer")
	if asked := m.asked.Load(); asked > 0 {
		t.Errorf("the proxy was asked %d times", asked)
	}
	other := newMachine(t).usual()
	other.table(piece, "http://dl.invalid/v1/tool.tgz", other.checksum(), map[string]string{"tool": "tool-1/tool"})
	other.variables = []string{"HTTP_PROXY=" + other.host.URL}
	other.build("downloaded pulumi-home")
	other.isReleased()
}

func TestAnotherValueOfToolsIsRefused(t *testing.T) {
	m := newMachine(t).usual()
	m.variables = []string{"TOOLS=offical"}
	m.fail(nil, "use one of auto, official, build")
}

// checksum is that of the release that is in the table.
func (m *machine) checksum() string {
	m.t.Helper()
	table, err := release.Read(m.folder)
	if err != nil {
		m.t.Fatal(err)
	}
	return table.Of(piece, runtime.GOOS+"/"+runtime.GOARCH)[0].SHA256
}
