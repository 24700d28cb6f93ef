import { readFileSync } from "node:fs";
import { join } from "node:path";

import { comparedGraphs } from "../../../../operations/preview-report/comparedGraphs";
import type { EnvironmentReport } from "../../../../operations/preview-report/model";
import { MARKER } from "../../../../operations/preview-report/render";
import { COMMENT_LIMIT, writeReport } from "../../../../operations/preview-report/writeReport";
import { expectGolden } from "../../golden";
import { recordedPreview, recording, siteReport } from "./recordings";

/** The report of a pull request, rendered from previews that the real engine gave. */

const comment = (...reports: EnvironmentReport[]) => writeReport(reports).comment;

test("the whole of it", () => {
  expectGolden("site.md", comment(siteReport()));
});

test("what is replaced or deleted stands before everything else, and once", () => {
  const text = comment(siteReport());
  const deleted = text.indexOf("**deleted** | `devk8swok504-vm`");
  expect(text.startsWith(`${MARKER}\n`)).toBe(true);
  expect(deleted).toBeGreaterThan(0);
  expect(deleted).toBeLessThan(text.indexOf("| stack | replaced"));
  expect(text.split("`devk8swok504-vm`")).toHaveLength(2);
  expect(text).toContain("> **1 replaced, 7 deleted**");
});

test("each change has the property that is its reason, with both values where they are short", () => {
  const text = comment(siteReport());
  expect(text).toContain(
    "| changed | `devk8swok501-vm` | `VirtualMachine` | `memory: 2048 → 3072` |",
  );
  expect(text).toContain('| `data["net-conf.json"]` |');
});

test("kubeadm's configuration, haproxy.cfg and manifests are folded differences", () => {
  const text = comment(siteReport());
  expect(text).toMatch(
    /<details><summary>kubeadm config of devk8sclu-initialize \(\+1 −1\)<\/summary>\n\n```diff\n(?: .*\n|@@.*\n)*-.*podSubnet: 10\.244\.0\.0\/16\n\+.*podSubnet: 10\.245\.0\.0\/16\n/,
  );
  expect(text).toContain("<summary>haproxy.cfg of load-balancer-haproxy (+71 −0)</summary>");
  expect(text).toContain("<summary>manifest of pod-network-flannel-config (+1 −1)</summary>");
});

test("nothing is shown of a Kubernetes Secret, even if the engine took its data for no secret", () => {
  const events = recording("cluster");
  const step = events.flatMap(({ resourcePreEvent: event }) => event?.metadata ?? [])[0];
  Object.assign(step, {
    op: "create",
    urn: "urn:pulumi:dev::sitewright-cluster::kubernetes:core/v1:Secret::plain",
    type: "kubernetes:core/v1:Secret",
    old: null,
    new: { custom: true, inputs: { data: { key: "Y2FuYXJ5" }, stringData: { other: "canary" } } },
  });
  const text = comment(siteReport([recordedPreview("cluster", events)]));
  expect(text).toContain("manifest of plain");
  expect(text).toContain("+data: (secret)");
  expect(text).not.toMatch(/Y2FuYXJ5|canary/);
});

test("a preview that failed is said first, with all that the engine said", () => {
  const events = [
    ...recording("infra"),
    {
      diagnosticEvent: {
        urn: "urn:pulumi:dev::sitewright-infra::vsphere:index/folder:Folder::folder",
        message: "<{%fg 1%}>no such\n``` datacenter<{%reset%}>\n",
        severity: "error",
      },
    },
  ];
  const failed = { ...recordedPreview("infra", events), ok: false };
  const text = comment(siteReport([failed]));
  expect(text.indexOf("`dev infra` failed")).toBeLessThan(text.indexOf("replaced"));
  expect(text).toContain("| `dev infra` | ? | ? | ? | ? | ? | not run |");
  expect(text).toContain("````text\nfolder: no such\n``` datacenter\n````");
});

test("policies: none that ran, kept, broken, advice", () => {
  const [infra, cluster] = siteReport().previews;
  const packs = ["site"];
  const violation = {
    policy: "no-latest",
    urn: "urn:pulumi:dev::sitewright-apps::a:b:C::web",
    message: "pin | it",
  };
  const kept = { ...infra, policies: { packs, violations: [] } };
  const broken = {
    ...cluster,
    policies: {
      packs,
      violations: [
        { ...violation, level: "mandatory" as const },
        { ...violation, policy: "names", level: "advisory" as const },
      ],
    },
  };
  expect(comment(siteReport())).toContain("| not run |");
  const text = comment(siteReport([kept, broken]));
  expect(text).toContain("| kept |");
  expect(text).toContain("| **1 broken**, 1 advice |");
  expect(text).toContain("> **Policies that must be kept are broken: 1**");
  expect(text).toContain("| `dev cluster` | `no-latest` | `web` | `pin \\| it` |");
  expect(text).toContain("| `names` (advisory) |");
});

test("the engine's own events of policies are read", () => {
  const event = {
    policyEvent: {
      resourceUrn: "urn:pulumi:dev::sitewright-infra::a:b:C::one",
      message: "<{%fg 1%}>say why<{%reset%}>",
      policyName: "named",
      policyPackName: "site",
      enforcementLevel: "mandatory",
    },
  };
  const { policies } = recordedPreview("infra", [...recording("infra"), event]);
  expect(policies).toEqual({
    packs: ["site"],
    violations: [
      {
        policy: "named",
        level: "mandatory",
        urn: event.policyEvent.resourceUrn,
        message: "say why",
      },
    ],
  });
});

const graph = (environment: string, stack: string) =>
  readFileSync(join(__dirname, "..", "..", "..", "goldens", environment, `${stack}.yaml`), "utf8");

test("without the site it says what it compares, and does not say that nothing is replaced", () => {
  const before = graph("prd", "infra");
  const after = before.replace("192.168.10.61:30443", "192.168.10.99:30443");
  const graphs = { base: "0123456789ab", stacks: [comparedGraphs("infra", before, after)] };
  const text = comment(
    { environment: "prd", source: "graphs", previews: [], graphs },
    { environment: "dev", source: "simulator", previews: [recordedPreview("infra")], graphs },
  );
  expectGolden("graphs.md", text);
  expect(text).toContain("Nothing that is known here is deleted. What is replaced, only a preview");
  expect(text).toContain("No engine ran, and no secret was within reach.");
  expect(text).toContain("Cost of this report: previews of 4 s (dev infra 4 s).");
});

test("a comment of fifteen hundred lost machines is cut, says so, and ends all that it opens", () => {
  const [infra] = siteReport().previews;
  const lost = infra.changes.find(({ name }) => name === "devk8swok504-vm")!;
  const changes = [
    ...infra.changes,
    ...Array.from({ length: 1500 }, (_, index) => ({ ...lost, name: `machine-${index}` })),
  ];
  const { comment: cut, report } = writeReport([siteReport([{ ...infra, changes }])]);
  expect(cut.length).toBeLessThanOrEqual(COMMENT_LIMIT);
  expect(cut).toContain("**This report is cut.**");
  expect(cut).toMatch(/Left out: .*[0-9]+ rows of what is replaced or deleted/);
  expect(cut).toContain("> **1 replaced, 1502 deleted**");
  expect(cut.match(/<details>/g)?.length).toBe(cut.match(/<\/details>/g)?.length);
  expect((cut.match(/^```/gm)?.length ?? 0) % 2).toBe(0);
  expect(report).not.toContain("This report is cut");
  expect(report).toContain("`machine-1499`");
});
