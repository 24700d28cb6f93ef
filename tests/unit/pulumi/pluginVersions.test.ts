import { describeOlderPlugins, olderPlugins } from "../../../pulumi/pluginVersions";

const provider = (name: string, version?: unknown) => ({
  type: `pulumi:providers:${name}`,
  inputs: version === undefined ? {} : { version },
});
const asks = (versions: Record<string, string>) => (name: string) => versions[name];

test("plugins that are older than those in the state are found, each once, against the newest in it", () => {
  const resources = [
    provider("kubernetes", "4.25.0"),
    provider("kubernetes", "4.26.0"),
    provider("kubernetes", "4.9.0"),
    provider("tls", "5.6.1"),
    // As a program reads it.
    { type: "pulumi:providers:vsphere", outputs: { version: "4.18.0" } },
    { type: "kubernetes:core/v1:Pod", inputs: { version: "9.9.9" } },
  ];
  const asked = asks({ kubernetes: "4.25.0", tls: "5.6.1", vsphere: "4.17.0" });
  expect(olderPlugins(resources, asked)).toEqual([
    { name: "kubernetes", recorded: "4.26.0", asked: "4.25.0" },
    { name: "vsphere", recorded: "4.18.0", asked: "4.17.0" },
  ]);
  expect(describeOlderPlugins(olderPlugins(resources, asked)).why).toBe(
    "plugin kubernetes: the state was written with 4.26.0, this checkout asks for 4.25.0\n" +
      "plugin vsphere: the state was written with 4.18.0, this checkout asks for 4.17.0",
  );
});

test("newer plugins, providers without a version, and plugins that nothing asks for are no fault", () => {
  const resources = [
    provider("kubernetes", "4.24.0"),
    provider("pulumi"),
    provider("command", 7),
    provider("random", "no version"),
    provider("docker", "9.0.0"),
  ];
  expect(olderPlugins(resources, asks({ kubernetes: "4.25.0", random: "4.21.2" }))).toEqual([]);
});

test("what the installed packages ask for counts", () => {
  expect(olderPlugins([provider("kubernetes", "999.0.0"), provider("vsphere", "999.0.0")])).toEqual(
    [
      expect.objectContaining({ name: "kubernetes", recorded: "999.0.0" }),
      expect.objectContaining({ name: "vsphere", recorded: "999.0.0" }),
    ],
  );
  expect(olderPlugins([provider("kubernetes", "0.0.1"), provider("pulumi", "0.0.1")])).toEqual([]);
});
