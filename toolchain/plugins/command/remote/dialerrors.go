package remote

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"sitewright/toolchain/plugins/command/internal/output"
)

// refusedError says that the host accepted none of the credentials.
type refusedError struct {
	endpoint     string
	offered      string
	passwordSent bool
}

func (e *refusedError) Error() string {
	return fmt.Sprintf("%s refused the login with %s. Check that the user exists, and that its authorized_keys hold this "+
		"key or that sshd accepts this password", e.endpoint, e.offered)
}

// unreachable words the error of a dial that used up its error limit.
func unreachable(step string, e *endpoint, began time.Time, attempts int, last error) error {
	return fmt.Errorf("%s: no SSH login at %s: gave up after %d attempts in %s (dialErrorLimit %d); the last one: %w. %s",
		step, e, attempts, output.Elapsed(began), e.dialErrorLimit, last, dialAdvice(step, last))
}

// stoppedDialling words the error of a dial that ended because its context did.
func stoppedDialling(
	ctx context.Context, step string, e *endpoint, began time.Time, attempts int, last error,
) error {
	why := "cancelled"
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		why = "out of time"
	}
	detail := ""
	if !errors.Is(last, context.Canceled) && !errors.Is(last, context.DeadlineExceeded) {
		detail = fmt.Sprintf("; the last one: %s", last)
	}
	return fmt.Errorf("%s: %s: no SSH login at %s within %s and %d attempts%s. %s",
		step, why, e, output.Elapsed(began), attempts, detail, dialAdvice(step, last))
}

// dialAdvice says what an operator can do about a host that does not let us in.
func dialAdvice(step string, last error) string {
	advice := "Check that the host is up, that sshd listens there and that no firewall is in between"
	var refused *refusedError
	if errors.As(last, &refused) {
		advice = "A machine in its first boot may need more time: raise dialErrorLimit or customTimeouts"
	}
	if step == stepDelete {
		advice += ". If the host is gone for good, remove this resource from the state (`pulumi state delete <urn>`), and " +
			"set `deletedWith` to the machine so that its deletion skips this command"
	}
	return advice
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
