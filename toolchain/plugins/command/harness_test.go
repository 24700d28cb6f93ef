package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/blang/semver"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/integration"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/require"
)

// atOnce is far below what would pass if nothing ended the work under test (15 s of one dial, 60 s of a sleep, or no
// end), and far above what a busy machine needs.
const atOnce = 10 * time.Second

const (
	localCommand  = "command:local:Command"
	localRun      = "command:local:run"
	remoteCommand = "command:remote:Command"
	copyToRemote  = "command:remote:CopyToRemote"
)

// props is a short notation for a property map; see value for what it may hold.
type props map[string]any

func (m props) toMap() property.Map {
	values := make(map[string]property.Value, len(m))
	for key, content := range m {
		values[key] = value(content)
	}
	return property.NewMap(values)
}

// with returns a copy of the map with other values added or put in place.
func (m props) with(others props) props {
	merged := props{}
	for _, source := range []props{m, others} {
		for key, content := range source {
			merged[key] = content
		}
	}
	return merged
}

// secret marks a value of props as secret.
type secret struct{ content any }

func value(content any) property.Value {
	switch content := content.(type) {
	case secret:
		return value(content.content).WithSecret(true)
	case props:
		return property.New(content.toMap())
	case []string:
		elements := make([]property.Value, 0, len(content))
		for _, element := range content {
			elements = append(elements, property.New(element))
		}
		return property.New(elements)
	case string:
		return property.New(content)
	case bool:
		return property.New(content)
	case int:
		return property.New(float64(content))
	case property.Value:
		return content
	case *resource.Asset:
		return property.New(content)
	case *resource.Archive:
		return property.New(content)
	default:
		panic("props: unsupported type")
	}
}

// plugin drives the provider as the engine does: Check first, then the operation on what Check returned.
type plugin struct {
	t      *testing.T
	server integration.Server
}

func startPlugin(t *testing.T) *plugin {
	server, err := integration.NewServer(t.Context(), providerName, semver.MustParse(version),
		integration.WithProvider(newProvider()))
	require.NoError(t, err)
	return &plugin{t, server}
}

func urnOf(token string) resource.URN {
	return resource.NewURN("test", "test", "", tokens.Type(token), "step")
}

func (pl *plugin) check(token string, inputs props) property.Map {
	pl.t.Helper()
	resp, err := pl.server.Check(p.CheckRequest{Urn: urnOf(token), Inputs: inputs.toMap()})
	require.NoError(pl.t, err)
	require.Empty(pl.t, resp.Failures)
	return resp.Inputs
}

// tryCreate creates with a timeout in seconds; 0 is none.
func (pl *plugin) tryCreate(token string, inputs props, timeout float64) (p.CreateResponse, error) {
	pl.t.Helper()
	return pl.server.Create(p.CreateRequest{
		Urn: urnOf(token), Properties: pl.check(token, inputs), Timeout: timeout,
	})
}

func (pl *plugin) create(token string, inputs props) p.CreateResponse {
	pl.t.Helper()
	resp, err := pl.tryCreate(token, inputs, 0)
	require.NoError(pl.t, err)
	return resp
}

func (pl *plugin) tryUpdate(token string, state property.Map, inputs props) (property.Map, error) {
	pl.t.Helper()
	resp, err := pl.server.Update(p.UpdateRequest{
		ID: "id", Urn: urnOf(token), State: state, Inputs: pl.check(token, inputs),
	})
	return resp.Properties, err
}

func (pl *plugin) update(token string, state property.Map, inputs props) property.Map {
	pl.t.Helper()
	updated, err := pl.tryUpdate(token, state, inputs)
	require.NoError(pl.t, err)
	return updated
}

func (pl *plugin) delete(token string, state property.Map) error {
	return pl.server.Delete(p.DeleteRequest{ID: "id", Urn: urnOf(token), Properties: state})
}

func (pl *plugin) diff(token string, state property.Map, inputs props) p.DiffResponse {
	pl.t.Helper()
	resp, err := pl.server.Diff(p.DiffRequest{
		ID: "id", Urn: urnOf(token), State: state, Inputs: pl.check(token, inputs),
	})
	require.NoError(pl.t, err)
	return resp
}

func text(t *testing.T, properties property.Map, key string) string {
	t.Helper()
	content := properties.Get(key)
	require.True(t, content.IsString(), "%s is no string: %v", key, content)
	return content.AsString()
}

// running tells whether a process exists and is no zombie, which a container without an init may keep.
func running(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	state, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	return err == nil && !zombie.Match(state)
}

var zombie = regexp.MustCompile(`\) Z `)
