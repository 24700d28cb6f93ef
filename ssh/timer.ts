import { quote } from "../lib/bash";

/** A program on a machine that systemd runs by the clock. */
export interface Timer {
  /** Of the service, of its timer and of its program. */
  name: string;
  /** What the service does, for `systemctl status`. */
  description: string;
  /** Text of the program, with its interpreter. */
  program: string;
  /** Seconds the program may take. Default: no end. */
  timeoutSeconds?: number;
  /** What the timer is for. */
  clock: string;
  /** Lines of the section Timer, such as `OnCalendar=*-*-* 04:17:00`. */
  times: readonly string[];
}

/** Path of the program of a timer. */
export const timerProgram = (name: string): string => `/usr/local/sbin/${name}`;

const unit = (name: string, kind: "service" | "timer"): string =>
  `/etc/systemd/system/${name}.${kind}`;

/** Bash that installs a timer, or what has changed of it, and starts it. It needs WRITE_FUNCTION. */
export function installTimer({
  name,
  description,
  program,
  timeoutSeconds,
  clock,
  times,
}: Timer): string {
  const service = `[Unit]
Description=${description}

[Service]
Type=oneshot
ExecStart=${timerProgram(name)}${timeoutSeconds === undefined ? "" : `\nTimeoutStartSec=${timeoutSeconds}`}`;
  const timer = `[Unit]
Description=${clock}

[Timer]
${times.join("\n")}

[Install]
WantedBy=timers.target`;
  return `timer=no
write ${timerProgram(name)} ${quote(program)} || true
chmod 0700 ${timerProgram(name)}
if write ${unit(name, "service")} ${quote(service)}; then timer=changed; fi
if write ${unit(name, "timer")} ${quote(timer)}; then timer=changed; fi
if [[ $timer == changed ]]; then
  systemctl daemon-reload
  systemctl stop ${name}.timer
fi
systemctl enable --quiet --now ${name}.timer`;
}

/**
 * Bash that removes a timer.
 *
 * @param others - Paths that go with it.
 */
export function removeTimer(name: string, ...others: string[]): string {
  const own = [unit(name, "timer"), unit(name, "service"), timerProgram(name)];
  return `systemctl disable --quiet --now ${name}.timer 2>/dev/null || true
rm -rf ${[...own, ...others].join(" ")}`;
}
