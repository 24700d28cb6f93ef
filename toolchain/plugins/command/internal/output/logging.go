package output

// The values of the Logging enums. Absent means both streams.
const (
	LogStdout = "stdout"
	LogStderr = "stderr"
	LogBoth   = "stdoutAndStderr"
	LogNone   = "none"
)

// Streams tells which streams of a command the value of a Logging enum sends to the engine; nil is the default, both.
func Streams[L ~string](logging *L) (stdout, stderr bool) {
	if logging == nil {
		return true, true
	}
	switch string(*logging) {
	case LogStdout:
		return true, false
	case LogStderr:
		return false, true
	case LogNone:
		return false, false
	default:
		return true, true
	}
}

// The environment variables that hand the outputs of the previous create or update to a command.
const (
	PreviousStdout = "PULUMI_COMMAND_STDOUT"
	PreviousStderr = "PULUMI_COMMAND_STDERR"
)
