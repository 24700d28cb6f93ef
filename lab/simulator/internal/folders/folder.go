package folders

import (
	"log"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"sitewright/lab/simulator/internal/tasks"
)

// Folder is a folder of the simulator; it writes the journal, and does not lose machines.
type Folder struct {
	*simulator.Folder

	set *Set
}

// CreateFolder creates a folder and writes the journal.
func (f *Folder) CreateFolder(ctx *simulator.Context, request *types.CreateFolder) soap.HasFault {
	body := f.Folder.CreateFolder(ctx, request)
	if body.Fault() == nil {
		if err := f.set.record(ctx); err != nil {
			return &methods.CreateFolderBody{Fault_: simulator.Fault(err.Error(), &types.RuntimeFault{})}
		}
		log.Printf("folder %s: created", request.Name)
	}
	return body
}

// DestroyTask destroys an empty folder. One that holds something is refused: the simulator would drop
// the folder and leave its machines behind.
func (f *Folder) DestroyTask(ctx *simulator.Context, request *types.Destroy_Task) soap.HasFault {
	return &methods.Destroy_TaskBody{Res: &types.Destroy_TaskResponse{
		Returnval: tasks.Run(ctx, f.Self, "destroy", func() (types.AnyType, *tasks.Failure) {
			if len(f.ChildEntity) > 0 {
				return nil, tasks.Fail(&types.ResourceInUse{Type: "Folder", Name: f.Name}, "folder "+f.Name+" is not empty: destroy what is in it first")
			}
			body := f.Folder.DestroyTask(ctx, request).(*methods.Destroy_TaskBody)
			if _, failed := tasks.Finish(ctx, body.Res.Returnval); failed != nil {
				return nil, failed
			}
			f.set.permissions.Forget(ctx, f.Self)
			log.Printf("folder %s: destroyed", f.Name)
			return nil, f.recorded(ctx)
		}),
	}}
}

// RenameTask renames a folder and writes the journal.
func (f *Folder) RenameTask(ctx *simulator.Context, request *types.Rename_Task) soap.HasFault {
	return &methods.Rename_TaskBody{Res: &types.Rename_TaskResponse{
		Returnval: tasks.Run(ctx, f.Self, "rename", func() (types.AnyType, *tasks.Failure) {
			body := f.Folder.RenameTask(ctx, request).(*methods.Rename_TaskBody)
			result, failed := tasks.Finish(ctx, body.Res.Returnval)
			if failed != nil {
				return nil, failed
			}
			return result, f.recorded(ctx)
		}),
	}}
}

// MoveIntoFolderTask moves folders and machines and writes the journal.
func (f *Folder) MoveIntoFolderTask(ctx *simulator.Context, request *types.MoveIntoFolder_Task) soap.HasFault {
	return &methods.MoveIntoFolder_TaskBody{Res: &types.MoveIntoFolder_TaskResponse{
		Returnval: tasks.Run(ctx, f.Self, "moveIntoFolder", func() (types.AnyType, *tasks.Failure) {
			body := f.Folder.MoveIntoFolderTask(ctx, request).(*methods.MoveIntoFolder_TaskBody)
			result, failed := tasks.Finish(ctx, body.Res.Returnval)
			if failed != nil {
				return nil, failed
			}
			for _, reference := range request.List {
				if failed := f.set.machines.Record(ctx, reference); failed != nil {
					return nil, failed
				}
			}
			return result, f.recorded(ctx)
		}),
	}}
}

func (f *Folder) recorded(ctx *simulator.Context) *tasks.Failure {
	if err := f.set.record(ctx); err != nil {
		return tasks.Fail(&types.RuntimeFault{}, err.Error())
	}
	return nil
}
