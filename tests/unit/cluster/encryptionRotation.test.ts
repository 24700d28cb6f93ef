import { parse } from "yaml";

import { encryptionConfiguration, keyName } from "../../../cluster/hardening/encryption";
import {
  type Stage,
  takeKeyFunction,
  useKeyScript,
} from "../../../cluster/hardening/encryptionRotation";
import { WRITE_FUNCTION } from "../../../ssh/writeFunction";
import { site } from "../environment/site";
import { run } from "../ssh/bash";
import { nodeOf } from "./nodes";

const [old, middle, fresh] = ["a", "b", "c"].map((letter) =>
  Buffer.from(letter.repeat(32)).toString("base64"),
);

/** The stages one after the other on one machine; the last line says whether the last one changed something. */
function after(stages: [Stage, string][], options: { member?: boolean } = {}) {
  const { member = true } = options;
  const steps = stages.map(
    ([stage, key]) =>
      `desired='${encryptionConfiguration(key).trimEnd()}'\n${takeKeyFunction(stage)}\nif take_key; then last=changed; else last=same; fi\n`,
  );
  const { stdout, stderr, status } = run(
    `${WRITE_FUNCTION}\nmkdir -p $FOLDER/etc/kubernetes/apiserver
file=$FOLDER/etc/kubernetes/apiserver/encryption.yaml
printf '%s' '${encryptionConfiguration(old)}' >$file
${member ? "touch $FOLDER/etc/kubernetes/sitewright-complete" : ""}
${steps.join("")}cat $file; echo "last: $last"`.replaceAll(/(?<=[ =])\/etc\//g, "$FOLDER/etc/"),
  );
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  const { last, ...configuration } = parse(stdout) as {
    last: string;
    resources: { providers: { secretbox: { keys: { name: string; secret: string }[] } }[] }[];
  };
  const { keys } = configuration.resources[0]!.providers[0]!.secretbox;
  expect(keys.map(({ name }) => name)).toEqual(keys.map(({ secret }) => keyName(secret)));
  return { keys: keys.map(({ secret }) => secret), last };
}

test("another key is read before it is written with, and what was there stays", () => {
  expect(after([["accept", fresh]])).toEqual({ keys: [old, fresh], last: "changed" });
  expect(
    after([
      ["accept", fresh],
      ["use", fresh],
    ]),
  ).toEqual({ keys: [fresh, old], last: "changed" });
});

test("one API server writes with it at once", () => {
  expect(after([["use", fresh]])).toEqual({ keys: [fresh, old], last: "changed" });
});

test("a stage that is repeated changes nothing", () => {
  const twice = (stage: Stage): [Stage, string][] => [
    [stage, fresh],
    [stage, fresh],
  ];
  expect(after(twice("accept")).last).toBe("same");
  expect(after(twice("use")).last).toBe("same");
  expect(after([["use", old]])).toEqual({ keys: [old], last: "same" });
});

test("a rotation that began with another key, and was never ended, loses none", () => {
  expect(
    after([
      ["use", middle],
      ["accept", fresh],
      ["use", fresh],
    ]),
  ).toEqual({ keys: [fresh, middle, old], last: "changed" });
});

test("for another key the API server is restarted, once; the file is root's alone", () => {
  const environment = site("dev");
  const script = useKeyScript(environment, nodeOf(environment, "control-plane", "lan"));
  const step = `( kill() { echo "kill $*" >>"$FOLDER/log"; }
${script}
) <<'KEY' 2>/dev/null\n${encryptionConfiguration(fresh)}KEY\n`.replaceAll(
    /(?<=[ =>])\/(etc|run)\//g,
    "$FOLDER/$1/",
  );
  const file = "$FOLDER/etc/kubernetes/apiserver/encryption.yaml";
  const { status, stdout, log } = run(
    `mkdir -p $FOLDER/run $FOLDER/etc/kubernetes/apiserver
touch $FOLDER/etc/kubernetes/sitewright-complete
printf '%s' '${encryptionConfiguration(old)}' >${file}
chmod 0644 ${file}
${step}${step}stat --format=%a ${file}`,
    {
      // Another process after the first was told to end.
      pidof: "if [[ -e $FOLDER/log ]]; then echo 43; else echo 42; fi",
      kubectl: "echo ok",
    },
  );
  expect({ status, stdout, log }).toEqual({ status: 0, stdout: "600\n", log: "kill 42\n" });
});

test("a machine that is no control plane yet forgets what another cluster had", () => {
  expect(after([["accept", fresh]], { member: false })).toEqual({ keys: [fresh], last: "changed" });
});

test("no two keys have one name, and the name tells nothing of the key", () => {
  expect(keyName(old)).toMatch(/^key-[0-9a-f]{10}$/);
  expect(new Set([old, middle, fresh].map(keyName)).size).toBe(3);
});
