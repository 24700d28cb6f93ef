package redact

import (
	"context"
	"errors"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
)

func TestRedactsWholeLinesAndCredentialWords(t *testing.T) {
	r := New("first line\nok\n{\"token\": \"abcdef.0123456789abcdef\", \"name\": \"frontend\"}")
	assert.Equal(t, "got [secret]", r.Text("got first line"))
	assert.Equal(t, "bad [secret]!", r.Text("bad abcdef.0123456789abcdef!"))
	assert.Equal(t, "ok, frontend", r.Text("ok, frontend"), "short lines and plain words stay")
}

func TestLongestSecretWins(t *testing.T) {
	assert.Equal(t, "[secret]", New("pass", "password-1").Text("password-1"))
}

func TestErrorStaysWhatItIsWithoutASecret(t *testing.T) {
	plain := errors.New("plain")
	assert.Same(t, plain, New("hidden").Error(plain))
	assert.EqualError(t, New("hidden").Error(errors.New("a hidden thing")), "a [secret] thing")
	assert.NoError(t, New("hidden").Error(nil))
}

func TestContextWithoutRedactor(t *testing.T) {
	assert.Equal(t, "text", FromContext(context.Background()).Text("text"))
}

func TestSecretsOf(t *testing.T) {
	secrets := SecretsOf(property.NewMap(map[string]property.Value{
		"create": property.New("plain command"),
		"update": property.New("secret command").WithSecret(true),
		"stdin":  property.New("standard input"),
		"stdout": property.New("printed before").WithSecret(true),
		"environment": property.New(map[string]property.Value{
			"PLAIN": property.New("plain value"), "TOKEN": property.New("token value").WithSecret(true),
		}),
		"triggers": property.New([]property.Value{property.New("digest")}).WithSecret(true),
		"connection": property.New(map[string]property.Value{
			"host": property.New("node1"), "user": property.New("admin"), "privatekey": property.New("misspelt key"),
			"proxy": property.New(map[string]property.Value{
				"host": property.New("jump"), "password": property.New("jump password"),
			}),
		}).WithSecret(true),
	}))
	assert.ElementsMatch(t,
		[]string{"secret command", "standard input", "token value", "digest", "misspelt key", "jump password"}, secrets)
}
