// Package refusing has what all clients of NSX are here. The cloud provider makes load balancers and routes in an NSX, where its
// configuration names one; a site has none (its load balancer is HAProxy, its pod network flannel), and every call is refused.
// This module is written anew, and has of NSX's interface what the cloud provider names.
package refusing

import "errors"

// ErrLeftOut is the error of every call.
var ErrLeftOut = errors.New("nsxt: load balancers and routes of NSX are left out of this build of the cloud provider")

// Result is a page of a list.
type Result[T any] struct {
	Results     []T
	ResultCount *int64
	Cursor      *string
}

// Client refuses what concerns objects that have a name of their own.
type Client[T any] struct{}

// Get refuses.
func (Client[T]) Get(string) (object T, err error) { return object, ErrLeftOut }

// Update refuses.
func (Client[T]) Update(string, T) (object T, err error) { return object, ErrLeftOut }

// List refuses.
func (Client[T]) List(_ *string, _ *bool, _ *string, _ *int64, _ *bool, _ *string) (Result[T], error) {
	return Result[T]{}, ErrLeftOut
}

// Delete refuses.
func (Client[T]) Delete(string, *bool) error { return ErrLeftOut }

// Inner refuses what concerns objects within others.
type Inner[T any] struct{}

// Get refuses.
func (Inner[T]) Get(_, _ string) (object T, err error) { return object, ErrLeftOut }

// Patch refuses.
func (Inner[T]) Patch(_, _ string, _ T) error { return ErrLeftOut }

// List refuses.
func (Inner[T]) List(_ string, _ *string, _ *bool, _ *string, _ *int64, _ *bool, _ *string) (Result[T], error) {
	return Result[T]{}, ErrLeftOut
}

// Delete refuses.
func (Inner[T]) Delete(_, _ string) error { return ErrLeftOut }
