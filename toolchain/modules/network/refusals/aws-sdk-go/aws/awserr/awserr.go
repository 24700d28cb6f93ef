// Package awserr has the errors of Amazon's services.
package awserr

// Error is an error with a name.
type Error interface {
	error
	Code() string
}

// LeftOut is the error of every call.
type LeftOut struct{}

// Error implements error.
func (LeftOut) Error() string {
	return "aws: calls to Amazon's services are left out of this build of kube-router"
}

// Code implements Error.
func (LeftOut) Code() string { return "LeftOut" }
