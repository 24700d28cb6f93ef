import { poll, quote } from "../../../lib/bash";
import { asRoot } from "../../../ssh/asRoot";
import { ensurePackages } from "../../../ssh/packages";
import { run } from "./bash";

test.each(["it's", 'a "b" $c `d` \\e !f', "two\nlines", "", "*", "~", "{x,y}", "-n", "ä"])(
  "quote(%j) is one word with the same text",
  (word) => {
    expect(run(`printf '%s|' ${quote(word)}`).stdout).toBe(`${word}|`);
  },
);

describe("poll", () => {
  test("ends as soon as the command succeeds", () => {
    const script = poll({
      what: "third time",
      command: '{ echo x >>"$FOLDER/log"; test $(wc -l <"$FOLDER/log") -ge 3; }',
      deadlineSeconds: 10,
    });
    expect(run(script)).toMatchObject({ status: 0, log: "x\nx\nx\n" });
  });

  test("says what it waited for and what the last answer was", () => {
    const result = run(
      poll({ what: "the API", command: "ls /nowhere/at-all", deadlineSeconds: 1 }),
    );
    expect(result.status).toBe(1);
    expect(result.stderr).toMatch(
      /^the API: not so after 1 s\. The last answer was:\n.*\/nowhere\/at-all.*No such file/,
    );
  });
});

describe("asRoot", () => {
  const sudo = { sudo: 'shift 2; exec "$@"' };

  test("the script arrives unchanged and its data on standard input", () => {
    const script = `cat >"$FOLDER/log"\necho "it's $((1 + 1))"`;
    const { stdout, status } = run(`echo data | { ${asRoot(script, 5)}\n}`, sudo);
    expect({ stdout, status }).toEqual({ stdout: "it's 2\n", status: 0 });
  });

  test("a line like the end marker is no end", () => {
    const script = "cat <<'STEP'\none\nSTEP\necho two";
    expect(run(asRoot(script, 5), sudo).stdout).toBe("one\ntwo\n");
  });

  test("the exit code is the script's", () => {
    expect(run(asRoot("exit 7", 5), sudo).status).toBe(7);
  });

  test("a script that does not end is stopped, with the reason", () => {
    const result = run(asRoot("sleep 60", 1), sudo);
    expect(result).toMatchObject({ status: 124, stderr: "stopped: not finished after 1 s\n" });
  });

  test("a script too long for one argument is refused before anything runs", () => {
    expect(() => asRoot("x".repeat(128 * 1024), 5)).toThrow(
      "A remote script has 131072 bytes; at most 131071 are possible. Pass its data through stdin.",
    );
  });
});

describe("packages", () => {
  const apt = { manager: "apt", pins: {} } as const;
  const query = (version: string) => ({ "dpkg-query": `echo "installed ${version}"` });
  const wanted = [{ name: "kubelet", version: "1.36.3" }];

  test.each(["1.36.3", "1.36.3-2"])("with %s installed nothing asks a repository", (version) => {
    const result = run(ensurePackages(apt, wanted), {
      ...query(version),
      "apt-get": "exit 99",
      "apt-mark": 'echo "apt-mark $*" >>"$FOLDER/log"; [[ $1 == hold ]]',
    });
    expect(result).toMatchObject({
      status: 0,
      stderr: "",
      log: "apt-mark showhold kubelet\napt-mark hold kubelet\n",
    });
  });

  test("what the environment pins comes before the version asked for", () => {
    const pinned = { manager: "apt", pins: { kubelet: "1.36.3-2" } } as const;
    const result = run(ensurePackages(pinned, wanted), {
      ...query("1.36.3-1"),
      "apt-get": "exit 0",
      "apt-cache": "true",
      "apt-mark": "exit 99",
    });
    expect(result.status).toBe(1);
    expect(result.stderr).toMatch(/has no kubelet in version 1\.36\.3-2; found: 1\.36\.3-1\n$/);
  });

  test("a longer version number is another version", () => {
    const result = run(ensurePackages(apt, wanted), {
      ...query("1.36.30"),
      "apt-get": "exit 0",
      "apt-cache": "true",
      "apt-mark": "exit 99",
    });
    expect(result.status).toBe(1);
    expect(result.stderr).toBe("the repository has no kubelet in version 1.36.3; found: 1.36.30\n");
  });

  test("what is missing is installed in the revision the repository has, once", () => {
    const result = run(ensurePackages(apt, [...wanted, { name: "haproxy" }]), {
      "dpkg-query": 'grep -qs "install .*$3" "$FOLDER/log" && echo "installed 1.36.3-2"',
      "apt-get": 'echo "apt-get $*" >>"$FOLDER/log"',
      "apt-cache":
        '[[ $2 != kubelet ]] || printf "kubelet | 1.36.30-1 | x\\nkubelet | 1.36.3-2 | x\\n"',
      "apt-mark": "true",
    });
    expect(result.status).toBe(0);
    expect(result.log).toMatch(
      /^apt-get update -q\napt-get install .* kubelet=1\.36\.3-2 haproxy\n$/,
    );
  });

  test("on Photon a held package is released, installed by name and version, and held again", () => {
    const script = ensurePackages({ manager: "tdnf", pins: {} }, wanted).replaceAll(
      "/etc/tdnf",
      "$FOLDER/tdnf",
    );
    const result = run(`${script}\ncat $FOLDER/tdnf/locks.d/kubelet.conf`, {
      rpm: 'grep -qs install "$FOLDER/log" && echo 1.36.3-2.ph5',
      tdnf: 'echo "tdnf $*" >>"$FOLDER/log"',
    });
    expect(result).toMatchObject({
      status: 0,
      stdout: "kubelet\n",
      log: "tdnf makecache --quiet\ntdnf install --quiet --assumeyes kubelet-1.36.3\n",
    });
  });
});
