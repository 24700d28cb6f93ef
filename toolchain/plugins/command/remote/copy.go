package remote

import (
	"context"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi-go-provider/infer/types"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// CopyToRemote is the resource command:remote:CopyToRemote.
type CopyToRemote struct{}

// Annotate implements infer.Annotated.
func (c *CopyToRemote) Annotate(a infer.Annotator) {
	a.Describe(&c, "A file or directory copied to a remote host over SFTP. Nothing is removed from the host on deletion.")
}

// CopyToRemoteInputs are the inputs of CopyToRemote.
type CopyToRemoteInputs struct {
	Connection *Connection          `pulumi:"connection" provider:"secret"`
	Triggers   *[]any               `pulumi:"triggers,optional" provider:"replaceOnChanges"`
	Source     types.AssetOrArchive `pulumi:"source"`
	RemotePath string               `pulumi:"remotePath"`
}

// Annotate implements infer.Annotated.
func (in *CopyToRemoteInputs) Annotate(a infer.Annotator) {
	a.Describe(&in.Connection, "How to connect to the host. Always secret.")
	a.Describe(&in.Triggers, "Values of any type; a change replaces the resource.")
	a.Describe(&in.Source, "The asset or archive to copy. Archive files such as .tgz are copied as they are, directories "+
		"with all they contain.")
	a.Describe(&in.RemotePath, "Where to copy to. Missing parent directories are made. A source goes into an existing "+
		"directory, a file overwrites an existing file, a directory over an existing file is an error.")
}

// CopyToRemoteOutputs are the outputs of CopyToRemote.
type CopyToRemoteOutputs struct {
	CopyToRemoteInputs
}

// Check validates the inputs; a source not known yet is fine.
func (*CopyToRemote) Check(
	ctx context.Context, req infer.CheckRequest,
) (infer.CheckResponse[CopyToRemoteInputs], error) {
	inputs, failures, err := infer.DefaultCheck[CopyToRemoteInputs](ctx, req.NewInputs)
	source, given := req.NewInputs.GetOk("source")
	if err == nil && given && !source.IsComputed() && (inputs.Source.Asset == nil) == (inputs.Source.Archive == nil) {
		failures = append(failures, p.CheckFailure{Property: "source", Reason: "has to be one asset or one archive"})
	}
	return infer.CheckResponse[CopyToRemoteInputs]{Inputs: inputs, Failures: failures}, err
}

// Create copies, unless this is a preview.
func (*CopyToRemote) Create(
	ctx context.Context, req infer.CreateRequest[CopyToRemoteInputs],
) (infer.CreateResponse[CopyToRemoteOutputs], error) {
	id, err := resource.NewUniqueHex(req.Name, 8, 0)
	if err == nil && !req.DryRun {
		err = upload(ctx, stepCreate, req.Inputs)
	}
	return infer.CreateResponse[CopyToRemoteOutputs]{ID: id, Output: CopyToRemoteOutputs{req.Inputs}}, err
}

// Update copies if the content, the path or the host differ; other changes of the connection need no copy.
func (*CopyToRemote) Update(
	ctx context.Context, req infer.UpdateRequest[CopyToRemoteInputs, CopyToRemoteOutputs],
) (infer.UpdateResponse[CopyToRemoteOutputs], error) {
	var err error
	if !req.DryRun && differs(req.State.CopyToRemoteInputs, req.Inputs) {
		err = upload(ctx, stepUpdate, req.Inputs)
	}
	return infer.UpdateResponse[CopyToRemoteOutputs]{Output: CopyToRemoteOutputs{req.Inputs}}, err
}

func differs(olds, news CopyToRemoteInputs) bool {
	return contentHash(olds.Source) != contentHash(news.Source) ||
		olds.RemotePath != news.RemotePath ||
		valueOr(olds.Connection.Host, "") != valueOr(news.Connection.Host, "") ||
		valueOr(olds.Connection.Port, defaultPort) != valueOr(news.Connection.Port, defaultPort)
}

func contentHash(source types.AssetOrArchive) string {
	switch {
	case source.Archive != nil:
		return source.Archive.Hash
	case source.Asset != nil:
		return source.Asset.Hash
	default:
		return ""
	}
}
