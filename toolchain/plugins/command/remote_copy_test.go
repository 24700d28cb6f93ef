package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func textAsset(t *testing.T, content string) *resource.Asset {
	asset, err := resource.NewTextAsset(content)
	require.NoError(t, err)
	return asset
}

func readFile(t *testing.T, parts ...string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(parts...))
	require.NoError(t, err)
	return string(content)
}

func writeFile(t *testing.T, content string, parts ...string) string {
	t.Helper()
	path := filepath.Join(parts...)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
	return path
}

func TestCopyMakesParentsAndOverwrites(t *testing.T) {
	s, pl, dir := startServer(t), startPlugin(t), t.TempDir()
	path := filepath.Join(dir, "a", "b", "file")
	inputs := props{"connection": s.connection(), "source": textAsset(t, "first"), "remotePath": path}
	created := pl.create(copyToRemote, inputs)
	assert.Equal(t, "first", readFile(t, path))

	require.NoError(t, os.Chmod(path, 0o640))
	pl.update(copyToRemote, created.Properties, inputs.with(props{"source": textAsset(t, "second")}))
	assert.Equal(t, "second", readFile(t, path))
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o640), info.Mode(), "an existing file keeps its mode")
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	assert.Len(t, entries, 1, "no temporary file stays")
}

func TestCopyWritesThroughALink(t *testing.T) {
	s, pl, dir := startServer(t), startPlugin(t), t.TempDir()
	target := writeFile(t, "old", dir, "target")
	link := filepath.Join(dir, "link")
	require.NoError(t, os.Symlink(target, link))
	pl.create(copyToRemote, props{"connection": s.connection(), "source": textAsset(t, "new"), "remotePath": link})
	assert.Equal(t, "new", readFile(t, target))
}

func TestCopyUpdatesOnlyForContentPathOrHost(t *testing.T) {
	s, pl, dir := startServer(t), startPlugin(t), t.TempDir()
	inputs := props{"connection": s.connection(), "source": textAsset(t, "text"), "remotePath": filepath.Join(dir, "one")}
	created := pl.create(copyToRemote, inputs)
	pl.update(copyToRemote, created.Properties, inputs.with(props{"connection": s.connection().with(props{"dialErrorLimit": 3})}))
	assert.Equal(t, 1, s.logins(), "a dial limit needs no copy")
	pl.update(copyToRemote, created.Properties, inputs.with(props{"remotePath": filepath.Join(dir, "two")}))
	assert.Equal(t, "text", readFile(t, dir, "two"))
}

func TestCopyFileAssetIntoDirectory(t *testing.T) {
	s, pl, local, remote := startServer(t), startPlugin(t), t.TempDir(), t.TempDir()
	asset, err := resource.NewPathAsset(writeFile(t, "content", local, "file.txt"))
	require.NoError(t, err)
	pl.create(copyToRemote, props{"connection": s.connection(), "source": asset, "remotePath": remote})
	assert.Equal(t, "content", readFile(t, remote, "file.txt"))
}

func TestCopyTextIntoDirectoryNeedsAName(t *testing.T) {
	s, pl, remote := startServer(t), startPlugin(t), t.TempDir()
	_, err := pl.tryCreate(copyToRemote, props{
		"connection": s.connection(), "source": textAsset(t, "secret text 1"), "remotePath": remote,
	}, 0)
	require.ErrorContains(t, err, "give the path of the file")
	assert.NotContains(t, err.Error(), "secret text")
}

func TestCopyDirectoryAndItsContent(t *testing.T) {
	s, pl, local, remote := startServer(t), startPlugin(t), t.TempDir(), t.TempDir()
	tree := filepath.Join(local, "tree")
	writeFile(t, "one", tree, "1")
	writeFile(t, "two", tree, "sub", "2")
	for source, destination := range map[string]string{tree: "tree/sub/2", tree + "/": "sub/2"} {
		archive, err := resource.NewPathArchive(source)
		require.NoError(t, err)
		pl.create(copyToRemote, props{"connection": s.connection(), "source": archive, "remotePath": remote})
		assert.Equal(t, "two", readFile(t, remote, destination))
	}
	archive, err := resource.NewPathArchive(tree)
	require.NoError(t, err)
	file := writeFile(t, "", remote, "file")
	_, err = pl.tryCreate(copyToRemote, props{"connection": s.connection(), "source": archive, "remotePath": file}, 0)
	assert.Error(t, err, "a directory over a file")
}

func TestCopyAssetArchive(t *testing.T) {
	s, pl, remote := startServer(t), startPlugin(t), t.TempDir()
	archive, err := resource.NewAssetArchive(map[string]any{
		"a.txt": textAsset(t, "a"), "sub/b.txt": textAsset(t, "b"),
	})
	require.NoError(t, err)
	pl.create(copyToRemote, props{"connection": s.connection(), "source": archive, "remotePath": filepath.Join(remote, "new")})
	assert.Equal(t, "a", readFile(t, remote, "new", "a.txt"))
	assert.Equal(t, "b", readFile(t, remote, "new", "sub", "b.txt"))
}

func TestCopyTriggersReplace(t *testing.T) {
	s, pl := startServer(t), startPlugin(t)
	inputs := props{
		"connection": s.connection(), "source": textAsset(t, "x"), "remotePath": filepath.Join(t.TempDir(), "x"),
		"triggers": []string{"1"},
	}
	created := pl.create(copyToRemote, inputs)
	assert.False(t, pl.diff(copyToRemote, created.Properties, inputs).HasChanges)
	assert.True(t, replaces(pl.diff(copyToRemote, created.Properties, inputs.with(props{"triggers": []string{"2"}}))))
}
