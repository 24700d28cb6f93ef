import { previewedStack } from "../../operations/preview-report/previewedStack";
import { writeReport } from "../../operations/preview-report/writeReport";
import { canary, keepRecording, recordedChange } from "../integration/support/recordedPreview";

/** The report of a pull request for the stack cluster, made of what the real engine and plugins say. No lab is needed. */
jest.setTimeout(600_000);

test("another pod subnet, a namespace less: kubeadm's configuration and manifests", async () => {
  const events = await recordedChange("dev", "cluster", {
    before: ({ "site:namespaces": namespaces }) => {
      const [{ name, ...like }] = (namespaces as { name: string }[]).slice(1);
      (namespaces as object[]).push({ ...like, name: `${name}-former`, category: "former" });
    },
    after: (config) => {
      config["site:kubernetes"].podSubnet = "10.245.0.0/16";
      (config["site:namespaces"] as object[]).pop();
    },
  });
  keepRecording(
    "cluster",
    events,
    /^initialize$|^prepare-devk8swok501$|^namespace-dev-lan|flannel-(agent|config)|credentials/,
  );
  const preview = previewedStack("cluster", events, { ok: true, seconds: 5 });
  const { report } = writeReport([{ environment: "dev", source: "site", previews: [preview] }]);
  expect(report).toContain("<summary>kubeadm config of initialize");
  expect(report).toMatch(/^\+ +podSubnet: 10\.245\.0\.0\/16$/m);
  expect(report).toMatch(/\*\*deleted\*\* \| `namespace-dev-lan-[a-z]+-former` \| `Namespace`/);
  expect(report).toMatch(/<summary>manifest of /);
  expect(report).not.toContain(canary);
});
