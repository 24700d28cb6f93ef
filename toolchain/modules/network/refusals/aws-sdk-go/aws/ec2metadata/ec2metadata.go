// Package ec2metadata has the service that tells a machine about itself.
package ec2metadata

import (
	"github.com/aws/aws-sdk-go/aws/awserr"
	"github.com/aws/aws-sdk-go/aws/session"
)

// EC2Metadata refuses.
type EC2Metadata struct{}

// New makes one.
func New(*session.Session) *EC2Metadata { return &EC2Metadata{} }

// Region is what kube-router asks for first; it writes the refusal to its log and goes no further.
func (*EC2Metadata) Region() (string, error) { return "", awserr.LeftOut{} }
