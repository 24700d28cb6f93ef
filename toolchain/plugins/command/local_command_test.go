package main

import (
	"path/filepath"
	"testing"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	engine "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLocalLife(t *testing.T) {
	pl, dir := startPlugin(t), t.TempDir()
	inputs := props{
		"dir": dir, "environment": props{"WHO": "world"}, "stdin": "hello",
		"create": `printf '%s %s' "$(cat)" "$WHO"`,
		"update": `printf '%s' "$PULUMI_COMMAND_STDOUT again"`,
		"delete": `printf '%s' "$PULUMI_COMMAND_STDOUT" > deleted`,
	}
	created := pl.create(localCommand, inputs)
	assert.Equal(t, "hello world", text(t, created.Properties, "stdout"))
	assert.False(t, pl.diff(localCommand, created.Properties, inputs).HasChanges, "unchanged inputs change nothing")
	updated := pl.update(localCommand, created.Properties, inputs)
	assert.Equal(t, "hello world again", text(t, updated, "stdout"))
	require.NoError(t, pl.delete(localCommand, updated))
	assert.Equal(t, "hello world again", readFile(t, dir, "deleted"))
}

func TestLocalUpdateWithoutUpdateRunsCreate(t *testing.T) {
	pl := startPlugin(t)
	created := pl.create(localCommand, props{"create": "echo one"})
	assert.Equal(t, "two", text(t, pl.update(localCommand, created.Properties, props{"create": "echo two"}), "stdout"))
}

func TestLocalWithoutCommandsKeepsItsOutputs(t *testing.T) {
	pl := startPlugin(t)
	created := pl.create(localCommand, props{"create": "echo one"})
	assert.Equal(t, "one", text(t, pl.update(localCommand, created.Properties, props{}), "stdout"))
	require.NoError(t, pl.delete(localCommand, created.Properties))
}

func TestLocalDeleteThatFailsKeepsTheResource(t *testing.T) {
	pl := startPlugin(t)
	created := pl.create(localCommand, props{"create": "true", "delete": "echo the apps stack still has resources >&2; exit 1"})
	err := pl.delete(localCommand, created.Properties)
	require.ErrorContains(t, err, "delete: command in ")
	assert.ErrorContains(t, err, "exit status 1")
	assert.ErrorContains(t, err, "the apps stack still has resources")
}

func TestLocalFailureHidesSecrets(t *testing.T) {
	pl := startPlugin(t)
	_, err := pl.tryCreate(localCommand, props{
		"stdin": "stdin value", "environment": props{"TOKEN": secret{"token value"}, "PLACE": "/plain/place"},
		"create": `echo on stdout; echo "$(cat) $TOKEN at $PLACE" >&2; exit 7`,
	}, 0)
	require.ErrorContains(t, err, "[secret] [secret] at /plain/place")
	assert.ErrorContains(t, err, "exit status 7")
	assert.NotContains(t, err.Error(), "on stdout")
	assert.NotContains(t, err.Error(), "cat")
}

func TestLocalMissingDirAndInterpreter(t *testing.T) {
	pl := startPlugin(t)
	_, err := pl.tryCreate(localCommand, props{"create": "true", "dir": filepath.Join(t.TempDir(), "none")}, 0)
	assert.ErrorContains(t, err, "`dir`")
	_, err = pl.tryCreate(localCommand, props{"create": "true", "interpreter": []string{"no-such-shell", "-c"}}, 0)
	assert.ErrorContains(t, err, "no-such-shell")
}

func TestLocalInterpreter(t *testing.T) {
	pl := startPlugin(t)
	created := pl.create(localCommand, props{"create": "$0", "interpreter": []string{"/bin/echo", "got"}})
	assert.Equal(t, "got $0", text(t, created.Properties, "stdout"))
}

func TestLocalFiles(t *testing.T) {
	pl, dir := startPlugin(t), t.TempDir()
	for _, name := range []string{"assets/logos/logo.svg", "src/index.js", "src/secret.js"} {
		writeFile(t, name, dir, name)
	}
	rules := []string{"assets/**", "src/**.js", "!**secret.*"}
	created := pl.create(localCommand, props{"create": "true", "dir": dir, "assetPaths": rules, "archivePaths": rules})
	assets := created.Properties.Get("assets").AsMap()
	assert.Equal(t, 2, assets.Len())
	for _, name := range []string{"assets/logos/logo.svg", "src/index.js"} {
		asset := assets.Get(name)
		require.True(t, asset.IsAsset(), name)
		assert.Equal(t, filepath.Join(dir, name), asset.AsAsset().Path)
	}
	archive := overTheWire(t, created.Properties)["archive"]
	require.True(t, archive.IsArchive())
	members, isAssets := archive.ArchiveValue().GetAssets()
	require.True(t, isAssets)
	assert.Len(t, members, 2)
}

// overTheWire returns properties as the engine receives them; only there does an archive become one.
func overTheWire(t *testing.T, properties property.Map) resource.PropertyMap {
	options := engine.MarshalOptions{KeepSecrets: true, KeepUnknowns: true}
	sent, err := engine.MarshalProperties(resource.ToResourcePropertyValue(property.New(properties)).ObjectValue(), options)
	require.NoError(t, err)
	received, err := engine.UnmarshalProperties(sent, options)
	require.NoError(t, err)
	return received
}

func TestLocalPreviewRunsNothing(t *testing.T) {
	pl, marker := startPlugin(t), filepath.Join(t.TempDir(), "marker")
	inputs := pl.check(localCommand, props{"create": "touch " + marker})
	resp, err := pl.server.Create(p.CreateRequest{Urn: urnOf(localCommand), Properties: inputs, DryRun: true})
	require.NoError(t, err)
	assert.True(t, resp.Properties.Get("stdout").IsComputed())
	created := pl.create(localCommand, props{"create": "echo one"})
	updated, err := pl.server.Update(p.UpdateRequest{
		ID: "id", Urn: urnOf(localCommand), State: created.Properties, Inputs: inputs, DryRun: true,
	})
	require.NoError(t, err)
	assert.True(t, updated.Properties.Get("stdout").IsComputed())
	assert.NoFileExists(t, marker)
}

func TestLocalCancelEndsTheWholeGroup(t *testing.T) {
	for name, prefix := range map[string]string{"that takes TERM": "", "that ignores TERM": "trap '' TERM; "} {
		t.Run(name, func(t *testing.T) {
			pl, pidFile := startPlugin(t), filepath.Join(t.TempDir(), "pid")
			done := make(chan error, 1)
			go func() {
				_, err := pl.tryCreate(localCommand, props{
					"create": prefix + "sleep 60 & echo $! > " + pidFile + "; wait; sleep 60",
				}, 0)
				done <- err
			}()
			pid := waitForPid(t, pidFile)
			began := time.Now()
			require.NoError(t, pl.server.Cancel())
			assert.ErrorContains(t, <-done, "cancelled")
			assert.Less(t, time.Since(began), atOnce)
			assert.Eventually(t, func() bool { return !running(pid) }, atOnce, 20*time.Millisecond)
		})
	}
}

func TestLocalTimeout(t *testing.T) {
	pl := startPlugin(t)
	_, err := pl.tryCreate(localCommand, props{"create": "sleep 60"}, 1)
	assert.ErrorContains(t, err, "customTimeouts")
}

func TestRunFunction(t *testing.T) {
	pl := startPlugin(t)
	invoke := func(args props) (p.InvokeResponse, error) {
		return pl.server.Invoke(p.InvokeRequest{Token: tokens.Type(localRun), Args: args.toMap()})
	}
	resp, err := invoke(props{"command": "echo out; echo err >&2"})
	require.NoError(t, err)
	assert.Equal(t, "out", text(t, resp.Return, "stdout"))
	assert.Equal(t, "err", text(t, resp.Return, "stderr"))
	assert.Equal(t, "echo out; echo err >&2", text(t, resp.Return, "command"))
	_, err = invoke(props{"command": "echo reason >&2; exit 4"})
	require.ErrorContains(t, err, "exit status 4")
	assert.ErrorContains(t, err, "reason")
}
