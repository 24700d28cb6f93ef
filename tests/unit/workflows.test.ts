import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parse } from "yaml";

import { MARKER } from "../../operations/preview-report/render";

/** What keeps the workflows safe for a pull request of a stranger, and the script that comments, on a stand-in of GitHub's API. */

const github = join(__dirname, "..", "..", ".github");

interface Step {
  uses?: string;
  run?: string;
  if?: string;
  env?: Record<string, string>;
  with?: Record<string, unknown>;
}
interface Job {
  if?: string;
  "runs-on": string;
  permissions?: Record<string, string>;
  environment?: string;
  "timeout-minutes"?: number;
  steps: Step[];
}
interface Workflow {
  name: string;
  on: Record<string, unknown>;
  permissions: Record<string, string>;
  jobs: Record<string, Job>;
}

const files = readdirSync(github, { recursive: true, encoding: "utf8" }).filter((name) =>
  name.endsWith(".yml"),
);
const text = (file: string) => readFileSync(join(github, file), "utf8");
const workflow = (name: string) => parse(text(join("workflows", `${name}.yml`))) as Workflow;
const workflows = files.filter((file) => file.startsWith("workflows"));

test("there are workflows to look at", () => {
  expect(workflows).toEqual(
    expect.arrayContaining(
      ["checks", "preview", "preview-comment"].map((name) => `workflows/${name}.yml`),
    ),
  );
});

describe.each(files)("%s", (file) => {
  test("pins each action by the hash of a commit, and names its version", () => {
    const uses = text(file).match(/uses: .*/g) ?? [];
    for (const one of uses.filter((line) => !line.startsWith("uses: ./"))) {
      expect(one).toMatch(/^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v[0-9]+\.[0-9]+\.[0-9]+$/);
    }
  });

  test("hands nothing that a stranger writes to a shell", () => {
    for (const script of text(file).match(/run: .*/g) ?? []) {
      expect(script).not.toContain("${{");
    }
  });
});

test("an action has one hash wherever it is used", () => {
  const pins = files.flatMap((file) => [...text(file).matchAll(/uses: ([\w-]+\/[\w-]+)@(\w+)/g)]);
  const hashes = new Map<string, Set<string>>();
  for (const [, action, hash] of pins) {
    hashes.set(action, (hashes.get(action) ?? new Set()).add(hash));
  }
  expect([...hashes].filter(([, all]) => all.size > 1)).toEqual([]);
});

describe.each(workflows)("%s", (file) => {
  const { on, permissions, jobs } = parse(text(file)) as Workflow;

  test("gives a token that writes nothing, but where a job says otherwise", () => {
    expect(Object.values(permissions)).not.toContain("write");
    expect(on).not.toHaveProperty("pull_request_target");
  });

  test("gives each job an end", () => {
    for (const job of Object.values(jobs)) {
      expect(job["timeout-minutes"]).toBeGreaterThan(0);
    }
  });
});

describe("the preview", () => {
  const { jobs } = workflow("preview");
  const own = "github.event.pull_request.head.repo.full_name == github.repository";

  test("has secrets only for a branch of this repository, behind an environment that can ask", () => {
    const secret = Object.values(jobs).filter((job) => JSON.stringify(job).includes("secrets."));
    expect(secret).toEqual([jobs["preview"]]);
    expect(jobs["preview"].if).toContain(own);
    expect(jobs["preview"].environment).toBe("preview");
  });

  test("compares nothing but graphs for a fork", () => {
    expect(jobs["graphs"].if).toContain(own.replace("==", "!="));
    expect(jobs["graphs"].steps.flatMap(({ run }) => run ?? [])[0]).toBe(
      "make preview-report ENV=prd,dev GRAPHS=1",
    );
  });

  test.each(["preview", "graphs"])(
    "%s leaves its report, also of a preview that failed",
    (name) => {
      const uploads = jobs[name].steps.filter(({ uses }) => uses?.includes("upload-artifact"));
      expect(uploads).toEqual([
        expect.objectContaining({
          if: "${{ !cancelled() }}",
          with: expect.objectContaining({ path: "preview-report" }),
        }),
      ]);
    },
  );

  test("asks make for targets that there are", () => {
    const makefile = readFileSync(join(github, "..", "Makefile"), "utf8");
    const targets = files.flatMap((file) => [...text(file).matchAll(/run: make ([\w-]+)/g)]);
    expect(targets.length).toBeGreaterThan(2);
    for (const [, target] of targets) {
      expect(makefile).toMatch(new RegExp(`^\\.PHONY:.* ${target}( |$)`, "m"));
    }
  });
});

describe("the checks", () => {
  const { on, jobs } = workflow("checks");
  const made = (name: string) => jobs[name].steps.flatMap(({ run }) => run ?? []);

  test("run make check for every pull request, on a machine of the forge, and let nothing rewrite the goldens", () => {
    expect(on["pull_request"]).toMatchObject({ types: expect.arrayContaining(["synchronize"]) });
    expect(jobs["check"]["runs-on"]).toBe("ubuntu-24.04");
    expect(jobs["check"].if).not.toContain("repo");
    expect(made("check")).toEqual(["make check"]);
    expect(text("workflows/checks.yml")).not.toMatch(/UPDATE_GOLDENS|make goldens/);
  });

  test("know no secret and give no job a token that writes", () => {
    expect(text("workflows/checks.yml")).not.toContain("secrets.");
    expect(Object.values(jobs).map(({ permissions }) => permissions)).toEqual(
      Object.values(jobs).map(() => undefined),
    );
  });

  test("run make test nightly or by label, and never the code of a fork", () => {
    expect(made("test")).toEqual(["make test"]);
    expect(jobs["test"].if).toMatch(
      /'make test' &&\s+github\.event\.pull_request\.head\.repo\.full_name == github\.repository\)$/,
    );
  });

  test("ask for vulnerabilities nightly", () => {
    expect(on).toHaveProperty("schedule");
    expect(made("audit")).toEqual(["make audit"]);
  });
});

describe("the comment", () => {
  const { jobs } = workflow("preview-comment");
  const { steps, permissions } = jobs["comment"];
  const script = String(
    steps.find(({ uses }) => uses?.includes("github-script"))?.with?.["script"],
  );
  const here = process.cwd();
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "sitewright-comment-"));
    process.chdir(folder);
  });
  afterEach(() => {
    process.chdir(here);
    rmSync(folder, { recursive: true });
  });

  type Pull = { number: number; head: { sha: string; repo: { full_name: string } | null } };
  type Comment = { id: number; body: string; user: { login: string } };
  const bot = { login: "github-actions[bot]" };
  const pull = (repo = "site/site"): Pull => ({
    number: 7,
    head: { sha: "abc", repo: { full_name: repo } },
  });

  /** Runs the script of the workflow; what it asked for and said. */
  async function run(
    report: string | undefined,
    { pulls = [pull()], comments = [] }: { pulls?: Pull[]; comments?: Comment[] } = {},
  ) {
    if (report !== undefined) {
      mkdirSync("report");
      writeFileSync("report/comment.md", report);
    }
    const calls: [string, Record<string, unknown>][] = [];
    const call = (name: string) => (args: Record<string, unknown>) => {
      calls.push([name, args]);
      return Promise.resolve();
    };
    const list = { pulls: "pulls.list", comments: "issues.listComments" };
    const api = {
      rest: {
        pulls: { list: list.pulls },
        issues: {
          listComments: list.comments,
          createComment: call("create"),
          updateComment: call("update"),
        },
      },
      paginate: (what: string, args: Record<string, unknown>) => {
        calls.push([what, args]);
        return Promise.resolve(what === list.pulls ? pulls : comments);
      },
    };
    const context = {
      repo: { owner: "site", repo: "site" },
      payload: {
        workflow_run: {
          head_repository: { owner: { login: "reviewer" } },
          head_branch: "change",
          head_sha: "abc",
          html_url: "https://example.net/run",
          conclusion: "failure",
        },
      },
    };
    const failures: string[] = [];
    const core = { notice: () => undefined, setFailed: (why: string) => failures.push(why) };
    const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor as new (
      ...words: string[]
    ) => (...values: unknown[]) => Promise<void>;
    await new AsyncFunction("github", "context", "core", "require", script)(
      api,
      context,
      core,
      createRequire(__filename),
    );
    return {
      calls,
      failures,
      written: calls.filter(([name]) => !Object.values(list).includes(name)),
    };
  }

  test("has the report's own mark, and rights to nothing but comments", () => {
    expect(script).toContain(`const MARKER = "${MARKER}";`);
    expect(permissions).toEqual({ actions: "read", "pull-requests": "write" });
    expect(JSON.stringify(steps)).not.toMatch(/checkout|secrets\./);
  });

  test("is made once", async () => {
    const other = { id: 1, body: `${MARKER}\nquoted`, user: { login: "reviewer" } };
    const { written, calls } = await run(`${MARKER}\nbody @ all`, { comments: [other] });
    expect(calls[0][1]).toMatchObject({ head: "reviewer:change", state: "open" });
    expect(written).toEqual([
      [
        "create",
        expect.objectContaining({ issue_number: 7, body: expect.stringContaining("body") }),
      ],
    ]);
    const body = String(written[0][1]["body"]);
    expect(body.startsWith(`${MARKER}\n`)).toBe(true);
    expect(body).toContain("ended with failure");
    expect(body).not.toContain("fork");
  });

  test("is changed in place from then on", async () => {
    const mine = { id: 2, body: `${MARKER}\nbefore`, user: bot };
    const { written } = await run(`${MARKER}\nafter`, { comments: [mine] });
    expect(written).toEqual([["update", expect.objectContaining({ comment_id: 2 })]]);
  });

  test("says that a fork's own code made it", async () => {
    const { written } = await run(`${MARKER}\nbody`, { pulls: [pull("stranger/site")] });
    expect(written[0][1]["body"]).toContain("comes from a fork");
  });

  test("says that there is no report where the run has left none", async () => {
    expect(existsSync("report")).toBe(false);
    const { written } = await run(undefined);
    expect(written[0][1]["body"]).toContain("There is no preview");
  });

  test.each([
    ["what is no report", "hello", [pull()]],
    ["what is longer than a comment", `${MARKER}\n${"x".repeat(65_536)}`, [pull()]],
    [
      "of a commit that is not the newest",
      `${MARKER}\n`,
      [{ ...pull(), head: { ...pull().head, sha: "def" } }],
    ],
  ])("is not written: %s", async (_name, report, pulls) => {
    const { written } = await run(report, { pulls });
    expect(written).toEqual([]);
  });
});
