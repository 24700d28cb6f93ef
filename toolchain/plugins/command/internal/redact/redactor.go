// Package redact keeps secrets of a resource out of errors and log lines.
package redact

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode"
)

const (
	// placeholder stands where a secret was.
	placeholder = "[secret]"
	// minLine is the length in bytes below which a line of a secret is left alone: "ok" or "}" would blank out ordinary words.
	minLine = 4
	// minWord is the length in bytes from which a word inside a structured secret (JSON, a shell script, a kubeconfig) is
	// taken for a credential, provided it mixes letters and digits.
	minWord = 8
)

// Redactor replaces known secrets in text. The zero value and nil replace nothing.
type Redactor struct {
	replacer *strings.Replacer
}

// New makes a redactor for the given secrets. A secret is recognised as a whole, by each of its lines, and by those of
// its words that look like a credential, so that a command which prints one field of its standard input is covered too.
func New(secrets ...string) *Redactor {
	fragments := map[string]struct{}{}
	for _, secret := range secrets {
		for _, fragment := range fragmentsOf(secret) {
			fragments[fragment] = struct{}{}
		}
	}
	if len(fragments) == 0 {
		return &Redactor{}
	}
	ordered := make([]string, 0, len(fragments))
	for fragment := range fragments {
		ordered = append(ordered, fragment)
	}
	// A replacer tries its pairs in order, so the longest has to come first.
	slices.SortFunc(ordered, func(a, b string) int { return len(b) - len(a) })
	pairs := make([]string, 0, 2*len(ordered))
	for _, fragment := range ordered {
		pairs = append(pairs, fragment, placeholder)
	}
	return &Redactor{replacer: strings.NewReplacer(pairs...)}
}

func fragmentsOf(secret string) []string {
	var fragments []string
	if trimmed := strings.TrimSpace(secret); len(trimmed) >= minLine {
		fragments = append(fragments, trimmed)
	}
	for line := range strings.Lines(secret) {
		if trimmed := strings.TrimSpace(line); len(trimmed) >= minLine {
			fragments = append(fragments, trimmed)
		}
	}
	for _, word := range strings.FieldsFunc(secret, isSeparator) {
		if len(word) >= minWord && looksLikeCredential(word) {
			fragments = append(fragments, word)
		}
	}
	return fragments
}

func isSeparator(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune(`"'`+"`"+`,;{}[]()<>|&=:`, r)
}

func looksLikeCredential(word string) bool {
	return strings.ContainsFunc(word, unicode.IsLetter) && strings.ContainsFunc(word, unicode.IsDigit)
}

// Text returns text with every known secret replaced.
func (r *Redactor) Text(text string) string {
	if r == nil || r.replacer == nil {
		return text
	}
	return r.replacer.Replace(text)
}

// Error returns err unchanged when its text holds no secret, and an error with the redacted text otherwise.
func (r *Redactor) Error(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	if redacted := r.Text(text); redacted != text {
		return errors.New(redacted)
	}
	return err
}

type contextKey struct{}

// WithRedactor stores the redactor of the running operation in the context.
func WithRedactor(ctx context.Context, r *Redactor) context.Context {
	return context.WithValue(ctx, contextKey{}, r)
}

// FromContext returns the redactor of the running operation, or one that replaces nothing.
func FromContext(ctx context.Context) *Redactor {
	r, _ := ctx.Value(contextKey{}).(*Redactor)
	return r
}
