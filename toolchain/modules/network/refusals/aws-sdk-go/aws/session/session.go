// Package session has what Amazon's clients are made from.
package session

import "github.com/aws/aws-sdk-go/aws"

// Session holds a configuration.
type Session struct{ Config *aws.Config }

// NewSession opens nothing: what is called with it refuses.
func NewSession(*aws.Config) (*Session, error) { return &Session{&aws.Config{}}, nil }
