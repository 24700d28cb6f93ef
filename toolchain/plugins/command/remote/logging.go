package remote

import (
	"github.com/pulumi/pulumi-go-provider/infer"

	"sitewright/toolchain/plugins/command/internal/output"
)

// Logging chooses the streams that go to the engine's log; both are captured as outputs whatever it says.
type Logging string

// Values implements infer.Enum.
func (Logging) Values() []infer.EnumValue[Logging] {
	return []infer.EnumValue[Logging]{
		{Name: "stdout", Value: output.LogStdout, Description: "Capture stdout in logs but not stderr"},
		{Name: "stderr", Value: output.LogStderr, Description: "Capture stderr in logs but not stdout"},
		{Name: "stdoutAndStderr", Value: output.LogBoth, Description: "Capture stdout and stderr in logs"},
		{Name: "none", Value: output.LogNone, Description: "Capture no logs"},
	}
}
