package machines

import (
	"bytes"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"sitewright/lab/simulator/internal/journal"
	"sitewright/lab/simulator/internal/tasks"
)

// record writes the machine's file. The caller holds the machine's lock.
func (m *Machine) record(ctx *simulator.Context) *tasks.Failure {
	var encoded bytes.Buffer
	if err := types.NewJSONEncoder(&encoded).Encode(m.Config); err != nil {
		return tasks.HostFailure(m.Name, err)
	}
	entry := journal.Machine{
		Object:    m.Self.Value,
		Parent:    m.Parent.Value,
		Name:      m.Name,
		Template:  m.template.Name,
		Untouched: m.untouched,
		PoweredOn: m.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn,
		Config:    encoded.Bytes(),
	}
	if m.Runtime.Host != nil {
		entry.Host = m.Runtime.Host.Value
	}
	if m.ResourcePool != nil {
		entry.ResourcePool = m.ResourcePool.Value
	}
	if err := m.set.journal.WriteMachine(m.Config.Uuid, entry); err != nil {
		return tasks.HostFailure(m.Name, err)
	}
	return nil
}
