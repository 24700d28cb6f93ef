package tasks

import (
	"fmt"
	"reflect"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// Failure is a fault together with the sentence a client shows. The simulator's own tasks show the
// fault's Go type instead of a sentence, so the lab runs its operations in tasks of its own.
type Failure struct {
	Fault   types.BaseMethodFault
	Message string
}

// Fail returns a failure.
func Fail(fault types.BaseMethodFault, message string) *Failure { return &Failure{fault, message} }

// SOAP is the failure as the answer of a call that has no task.
func (f *Failure) SOAP() *soap.Fault { return simulator.Fault(f.Message, f.Fault) }

// HostFailure is what a real vCenter reports when a host could not do what was asked.
func HostFailure(name string, err error) *Failure {
	message := fmt.Sprintf("virtual machine %s: %s", name, err)
	return &Failure{&types.GenericVmConfigFault{Reason: message}, message}
}

// PowerStateFailure is the fault for an operation that the current power state does not allow.
func PowerStateFailure(name string, requested, existing types.VirtualMachinePowerState) *Failure {
	return &Failure{
		&types.InvalidPowerState{RequestedState: requested, ExistingState: existing},
		fmt.Sprintf("virtual machine %s: the attempted operation cannot be performed in the current state (%s)", name, existing),
	}
}

// sentence words a fault of the simulator for people.
func sentence(fault types.BaseMethodFault) string {
	switch fault := fault.(type) {
	case *types.DuplicateName:
		return fmt.Sprintf("the name '%s' already exists", fault.Name)
	case *types.InvalidArgument:
		return "a specified parameter was not correct: " + fault.InvalidProperty
	case *types.InvalidPowerState:
		return fmt.Sprintf("the attempted operation cannot be performed in the current state (%s)", fault.ExistingState)
	case *types.ManagedObjectNotFound:
		return fmt.Sprintf("the object %s is not there any more", fault.Obj)
	}
	text := reflect.TypeOf(fault).Elem().Name()
	if cause := fault.GetMethodFault().FaultCause; cause != nil && cause.LocalizedMessage != "" {
		text += ": " + cause.LocalizedMessage
	}
	return text
}
