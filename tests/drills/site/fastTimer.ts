/**
 * Bash with which a timer of systemd runs every few seconds, as if each of them were its usual time, and bash that takes this back.
 *
 * @param name - Of the timer, without `.timer`.
 */
export function fastTimer(name: string, seconds: number): { fast: string; usual: string } {
  const folder = `/run/systemd/system/${name}.timer.d`;
  const again = `systemctl daemon-reload
systemctl restart ${name}.timer`;
  return {
    fast: `mkdir -p ${folder}
printf '[Timer]\\nOnCalendar=*:*:0/${seconds}\\nAccuracySec=1s\\n' >${folder}/fast.conf
${again}`,
    usual: `rm -rf ${folder}
${again}`,
  };
}
