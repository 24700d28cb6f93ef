package redact

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

var (
	// outputKeys hold what a command printed. They are no inputs, and redacting them would hide a diagnostic merely because
	// an earlier run printed the same.
	outputKeys = []string{"stdout", "stderr", "assets", "archive"}
	// publicConnectionKeys are the fields of a connection that an operator has to see in an error.
	publicConnectionKeys = []string{
		"host", "port", "user", "hostKey", "agentSocketPath", "dialErrorLimit", "perDialTimeout",
	}
)

// SecretsOf collects the secret strings of a resource's properties: everything marked secret, standard input always, and
// of the connection (secret as a whole) every field but the public ones. A misspelt field counts as secret as well:
// `privatekey` is still a key.
func SecretsOf(properties property.Map) []string {
	var secrets []string
	for key, value := range properties.All {
		switch {
		case slices.Contains(outputKeys, key):
		case key == "connection":
			secrets = appendConnection(secrets, value)
		default:
			secrets = appendMarked(secrets, value, key == "stdin")
		}
	}
	return secrets
}

func appendConnection(secrets []string, connection property.Value) []string {
	if !connection.IsMap() {
		return appendMarked(secrets, connection, true)
	}
	for key, value := range connection.AsMap().All {
		switch {
		case slices.Contains(publicConnectionKeys, key):
		case key == "proxy":
			secrets = appendConnection(secrets, value)
		default:
			secrets = appendMarked(secrets, value, true)
		}
	}
	return secrets
}

// appendMarked adds the strings at or below value that are secret, by their own mark or by one further up.
func appendMarked(secrets []string, value property.Value, inherited bool) []string {
	secret := inherited || value.Secret()
	switch {
	case value.IsString():
		if secret {
			secrets = append(secrets, value.AsString())
		}
	case value.IsArray():
		for _, element := range value.AsArray().All {
			secrets = appendMarked(secrets, element, secret)
		}
	case value.IsMap():
		for _, element := range value.AsMap().All {
			secrets = appendMarked(secrets, element, secret)
		}
	}
	return secrets
}
