// Package ec2 has the service of machines.
package ec2

import (
	"github.com/aws/aws-sdk-go/aws/awserr"
	"github.com/aws/aws-sdk-go/aws/session"
)

// EC2 refuses.
type EC2 struct{}

// ModifyInstanceAttributeInput says what to change.
type ModifyInstanceAttributeInput struct {
	InstanceId      *string
	SourceDestCheck *AttributeBooleanValue
}

// AttributeBooleanValue is a value to set.
type AttributeBooleanValue struct{ Value *bool }

// ModifyInstanceAttributeOutput is never returned.
type ModifyInstanceAttributeOutput struct{}

// New makes one.
func New(*session.Session) *EC2 { return &EC2{} }

// ModifyInstanceAttribute refuses.
func (*EC2) ModifyInstanceAttribute(*ModifyInstanceAttributeInput) (*ModifyInstanceAttributeOutput, error) {
	return nil, awserr.LeftOut{}
}
