import { type ChangedFile, parseComparison } from "../../../operations/drift/machineFiles";
import {
  COMPARE_SCRIPT,
  SAVE_LAST_APPLIED_FUNCTION,
  type Keeper,
  LAST_APPLIED_FOLDER,
  REVERT_FUNCTION,
} from "../../../ssh/lastApplied";
import { run } from "./bash";

/** On a machine whose files are in a folder, with three of them remembered by two steps; then something happens to them. */
function afterwards(happening: string, then: string) {
  const script = `cd $FOLDER
mkdir etc "with blank"
echo one >etc/one; echo two >etc/two; echo three >"with blank/three"; chmod 0600 etc/two
${SAVE_LAST_APPLIED_FUNCTION}
keep member $FOLDER/etc/one $FOLDER/etc/two $FOLDER/etc/none
keep prepare "$FOLDER/with blank/three"
${happening}
${then}`.replaceAll(LAST_APPLIED_FOLDER, "$FOLDER/kept");
  return run(script);
}

/** What the comparison says, with paths below the folder. */
function compared(happening: string): { compared: number; files: Partial<ChangedFile>[] } {
  const { stdout, stderr, status } = afterwards(happening, COMPARE_SCRIPT);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const found = parseComparison({ name: "node1", vmId: "id" }, stdout);
  return {
    ...found,
    files: found.files.map(({ keeper, matter, path, difference }) => ({
      ...{ keeper, matter, difference },
      path: path.replace(/^.*?\/(etc|with)/, "$1"),
    })),
  };
}

const file = (keeper: Keeper, matter: string, path: string, difference: string[] = []) => ({
  ...{ keeper, matter, path, difference },
});

test("unchanged files do not differ, and what was not there is not missed", () => {
  expect(compared("true")).toEqual({ compared: 3, files: [] });
});

test("another content, another mode and a file that is gone are told, with the difference", () => {
  const { files } = compared('echo 1 >etc/one; chmod 0644 etc/two; rm "with blank/three"');
  expect(files).toEqual([
    file("member", "changed", "etc/one", ["@@ -1 +1 @@", "-one", "+1"]),
    file("member", "mode", "etc/two"),
    file("prepare", "missing", "with blank/three"),
  ]);
});

test("a step that runs again forgets what it no longer writes", () => {
  expect(compared("rm etc/two; keep member $FOLDER/etc/one")).toEqual({ compared: 2, files: [] });
});

test("on a machine where no step has run yet nothing is compared", () => {
  expect(compared("rm -r kept")).toEqual({ compared: 0, files: [] });
});

test("what is remembered can be read by its owner only", () => {
  const { stdout } = afterwards("true", "find kept -type d -printf '%m\\n' | sort --unique");
  expect(stdout).toBe("700\n");
});

test("a comparison that was cut off is no answer", () => {
  expect(() => parseComparison({ name: "node1", vmId: "id" }, "member missing /x -\n")).toThrow(
    "The comparison of the files on node1 was cut off.",
  );
});

describe("put_back", () => {
  const then = `${REVERT_FUNCTION}
put_back member
printf '%s\\n' "\${put_back[@]##*/}"
stat --format='%n %a' etc/*
cat etc/*
ls --almost-all etc`;

  test("makes the files of one step as they were, and names those it has changed", () => {
    const { stdout } = afterwards('chmod 0644 etc/two; rm etc/one "with blank/three"', then);
    expect(stdout.split("\n").sort()).toEqual(
      ["one", "two", "etc/one 644", "etc/two 600", "one", "two", "one", "two", ""].sort(),
    );
  });

  test("touches nothing that is right", () => {
    const { stdout } = afterwards("touch mark", `${then}\nfind etc -newer mark`);
    expect(stdout).toBe("\netc/one 644\netc/two 600\none\ntwo\none\ntwo\n");
  });
});
