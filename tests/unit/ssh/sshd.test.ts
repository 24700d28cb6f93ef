import { onlyKeys } from "../../../ssh/sshd";
import { run } from "./bash";

/** As the real one: of an option that stands twice the first counts; what stands after Match counts for root most. */
const sshd = `[[ $1 == -T ]] || { echo "sshd $*" >>"$FOLDER/log"; exit 0; }
awk 'BEGIN { is["passwordauthentication"] = is["kbdinteractiveauthentication"] = "yes"; is["permitrootlogin"] = "without-password" }
  /^Match/ { match_block = 1; next }
  { option = tolower($1); if (match_block || !(option in seen)) is[option] = $2; seen[option] = 1 }
  END { for (option in is) print option, is[option] }' "$FOLDER/etc/sshd_config"`;

const programs = {
  sshd,
  systemctl: `echo "systemctl $*" >>"$FOLDER/log"; [[ $2 == ssh ]]`,
  hostname: "echo node",
};

/** Runs it on a configuration; what is in the file afterwards comes last. */
function onConfig(config: string, times = 1) {
  const part = `${onlyKeys()}\n`.replaceAll("/etc/ssh/", "$FOLDER/etc/");
  return run(
    `mkdir $FOLDER/etc; printf '%s\\n' '${config}' >$FOLDER/etc/sshd_config; chmod 0640 $FOLDER/etc/sshd_config
${part.repeat(times)}stat --format=%a $FOLDER/etc/sshd_config; cat $FOLDER/etc/sshd_config; ls $FOLDER/etc`,
    programs,
  );
}

const SETTINGS = "KbdInteractiveAuthentication no\nPasswordAuthentication no\nPermitRootLogin no\n";

test("a template that lets passwords in gets the settings first, and is told once", () => {
  const { status, stdout, log } = onConfig("Port 22\nPasswordAuthentication yes", 2);
  expect({ status, stdout }).toEqual({
    status: 0,
    stdout: `640\n${SETTINGS}Port 22\nPasswordAuthentication yes\nsshd_config\n`,
  });
  expect(log.split("\n").map((line) => line.replace(/\/.*\//, ""))).toEqual([
    "sshd -t -f sshd_config.new",
    "systemctl reload sshd",
    "systemctl reload ssh",
    "",
  ]);
});

test("one that takes keys only is left alone", () => {
  const { status, stdout, log } = onConfig(`${SETTINGS}Port 22`);
  expect({ status, stdout, log }).toEqual({
    status: 0,
    stdout: `640\n${SETTINGS}Port 22\nsshd_config\n`,
    log: "",
  });
});

test("one with an exception further down is refused, with what sshd says", () => {
  const { status, stderr } = onConfig("Match User root\nPermitRootLogin yes");
  expect(status).toBe(1);
  expect(stderr).toMatch(/^node still lets somebody log in over SSH by password, or root/);
  expect(stderr).toMatch(/permitrootlogin yes\nA Match block/);
});
