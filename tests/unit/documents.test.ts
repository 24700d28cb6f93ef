import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Whether the files that the documents name exist. */

const checkout = join(__dirname, "..", "..");

/** What a command writes, and no file of the checkout. */
const WRITTEN_BY_COMMANDS = ["preview-report/comment.md", "preview-report/report.md"];

/** Folders of the checkout that are no rooms: installed, built, or made by tests. */
const NO_ROOMS = ["node_modules", "dist", "sdks", "preview-report", "tests"];

/** The Markdown that people write and read, as paths below the checkout. */
function documents(): string[] {
  const rooms = readdirSync(checkout, { withFileTypes: true })
    .filter((one) => one.isDirectory() && !one.name.startsWith(".") && !NO_ROOMS.includes(one.name))
    .flatMap(({ name }) =>
      readdirSync(join(checkout, name), { recursive: true, encoding: "utf8" }).map((path) =>
        join(name, path),
      ),
    )
    .filter((path) => path.endsWith(".md") && !path.includes("node_modules"));
  return ["README.md", "CONTRIBUTING.md", ...rooms];
}

/** What stands in backticks and looks like a file of this checkout, and the files that links lead to. */
function filesNamedIn(text: string): string[] {
  const prose = text.replace(/^```[^]*?^```/gm, "");
  const quoted = [...prose.matchAll(/`([^`\n]+)`/g)]
    .map(([, word]) => word)
    .filter((word) => /\/[^/]*\.[A-Za-z]+$|\.(ts|md|go)$/.test(word));
  const links = [...prose.matchAll(/\]\(([^)\s#]+)[^)\s]*\)/g)]
    .map(([, target]) => target)
    .filter((target) => !target.includes("://"));
  // With a blank it is a command; a path from the root, the home or a variable is not in the checkout; the rest are placeholders.
  return [...quoted, ...links].filter((word) => !/\s|^[/~$]|[<>*{}…]/.test(word));
}

/** Files that a document in `folder` names and that are neither below the checkout nor below that folder. */
function missing(text: string, folder: string): string[] {
  return filesNamedIn(text).filter(
    (path) =>
      !WRITTEN_BY_COMMANDS.includes(path) &&
      !existsSync(join(checkout, path)) &&
      !existsSync(join(checkout, folder, path)),
  );
}

test.each(documents())("%s names files that exist", (document) => {
  expect(missing(readFileSync(join(checkout, document), "utf8"), dirname(document))).toEqual([]);
});

test("a file that does not exist is found, whether it is quoted or linked to", () => {
  const text =
    "`cluster/moved.ts`, `moved.go`, [text](docs/moved.md#heading), ![picture](docs/screenshots/moved.png)";
  expect(missing(text, "cluster")).toEqual([
    "cluster/moved.ts",
    "moved.go",
    "docs/moved.md",
    "docs/screenshots/moved.png",
  ]);
});

test("files below the checkout or beside the document are found, and what is no file of the checkout is not looked for", () => {
  const text =
    "`cluster/deploy.ts` `deploy.ts` [here](README.md) `tests/goldens/<env>/<stack>.yaml` `database*.ts` `/etc/hosts.md` " +
    "`~/.pulumi/a.ts` `node dist/operations/cli.js up` `registry.k8s.io/pause:3.10.2` [site](https://www.pulumi.com/none.md)\n" +
    "```sh\ncat `cluster/moved.ts`\n```\n";
  expect(missing(text, "cluster")).toEqual([]);
});
