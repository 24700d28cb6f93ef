package main

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The names below are those of the npm package @pulumi/command 1.2.1.
var (
	processInputs = []string{
		"addPreviousOutputInEnv", "archivePaths", "assetPaths", "dir", "environment", "interpreter", "logging", "stdin",
	}
	processOutputs = []string{"archive", "assets", "stderr", "stdout"}
	lifecycle      = []string{"create", "delete", "triggers", "update"}
	endpointFields = []string{
		"agentSocketPath", "dialErrorLimit", "host", "hostKey", "password", "perDialTimeout", "port", "privateKey",
		"privateKeyPassword", "user",
	}
	loggingValues = []string{"none", "stderr", "stdout", "stdoutAndStderr"}
)

type schemaProperty struct {
	Ref              string `json:"$ref"`
	Type             string `json:"type"`
	Default          any    `json:"default"`
	Secret           bool   `json:"secret"`
	ReplaceOnChanges bool   `json:"replaceOnChanges"`
}

type schemaObject struct {
	InputProperties map[string]schemaProperty `json:"inputProperties"`
	RequiredInputs  []string                  `json:"requiredInputs"`
	Properties      map[string]schemaProperty `json:"properties"`
	Required        []string                  `json:"required"`
	Enum            []struct {
		Value string `json:"value"`
	} `json:"enum"`
}

type packageSchema struct {
	Name      string                  `json:"name"`
	Version   string                  `json:"version"`
	Resources map[string]schemaObject `json:"resources"`
	Types     map[string]schemaObject `json:"types"`
	Functions map[string]struct {
		Inputs  schemaObject `json:"inputs"`
		Outputs schemaObject `json:"outputs"`
	} `json:"functions"`
}

func servedSchema(t *testing.T) packageSchema {
	resp, err := startPlugin(t).server.GetSchema(p.GetSchemaRequest{})
	require.NoError(t, err)
	var schema packageSchema
	require.NoError(t, json.Unmarshal([]byte(resp.Schema), &schema))
	return schema
}

func names(groups ...[]string) []string {
	return slices.Sorted(slices.Values(slices.Concat(groups...)))
}

func keys(properties map[string]schemaProperty) []string {
	return slices.Sorted(maps.Keys(properties))
}

func TestSchemaMatchesTheNpmPackage(t *testing.T) {
	schema := servedSchema(t)
	assert.Equal(t, "command", schema.Name)
	assert.Equal(t, "1.2.1", schema.Version)
	assert.Equal(t, []string{localCommand, remoteCommand, copyToRemote}, slices.Sorted(maps.Keys(schema.Resources)))

	command := schema.Resources[localCommand]
	assert.Equal(t, names(processInputs, lifecycle), keys(command.InputProperties))
	assert.Equal(t, names(processInputs, lifecycle, processOutputs), keys(command.Properties))
	assert.ElementsMatch(t, []string{"stdout", "stderr"}, command.Required)
	assert.Equal(t, "pulumi.json#/Archive", command.Properties["archive"].Ref)

	remoteInputs := names(lifecycle, []string{"addPreviousOutputInEnv", "connection", "environment", "logging", "stdin"})
	command = schema.Resources[remoteCommand]
	assert.Equal(t, remoteInputs, keys(command.InputProperties))
	assert.Equal(t, names(remoteInputs, []string{"stdout", "stderr"}), keys(command.Properties))
	assert.Equal(t, []string{"connection"}, command.RequiredInputs)
	assert.True(t, command.InputProperties["connection"].Secret)
	assert.True(t, command.InputProperties["triggers"].ReplaceOnChanges)
	assert.Equal(t, "#/types/command:remote:Connection", command.InputProperties["connection"].Ref)

	copied := schema.Resources[copyToRemote]
	assert.Equal(t, []string{"connection", "remotePath", "source", "triggers"}, keys(copied.InputProperties))
	assert.ElementsMatch(t, []string{"connection", "remotePath", "source"}, copied.RequiredInputs)
	assert.Equal(t, "pulumi.json#/Asset", copied.InputProperties["source"].Ref)

	run := schema.Functions[localRun]
	assert.Equal(t, names(processInputs, []string{"command"}), keys(run.Inputs.Properties))
	assert.Equal(t, names(processInputs, processOutputs, []string{"command"}), keys(run.Outputs.Properties))
}

func TestSchemaTypesMatchTheNpmPackage(t *testing.T) {
	schema := servedSchema(t)
	for token, fields := range map[string][]string{
		"command:remote:Connection":      names(endpointFields, []string{"proxy"}),
		"command:remote:ProxyConnection": endpointFields,
	} {
		connection := schema.Types[token]
		assert.Equal(t, fields, keys(connection.Properties), token)
		assert.Equal(t, []string{"host"}, connection.Required, token)
		for field, value := range map[string]any{"port": 22.0, "user": "root", "dialErrorLimit": 10.0, "perDialTimeout": 15.0} {
			assert.Equal(t, value, connection.Properties[field].Default, "%s.%s", token, field)
		}
		for _, field := range []string{"password", "privateKey", "privateKeyPassword"} {
			assert.True(t, connection.Properties[field].Secret, "%s.%s", token, field)
		}
	}
	for _, token := range []string{"command:local:Logging", "command:remote:Logging"} {
		var values []string
		for _, entry := range schema.Types[token].Enum {
			values = append(values, entry.Value)
		}
		assert.ElementsMatch(t, loggingValues, values, token)
	}
}
