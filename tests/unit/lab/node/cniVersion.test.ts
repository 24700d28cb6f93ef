import { join } from "node:path";

import { cniPluginsVersion } from "../../../../lab/node/cniVersion";
import { standIns } from "../standIns";

const { folder, remove } = standIns({
  bridge:
    '[ -z "$CNI_COMMAND" ] && echo "CNI bridge plugin v1.9.1" >&2; echo "CNI protocol versions supported: 0.1.0, 1.1.0" >&2',
  unversioned: 'echo "CNI bridge plugin version unknown" >&2',
});
afterAll(remove);

test("the version is the plugin's own", async () => {
  const before = process.env.CNI_COMMAND;
  process.env.CNI_COMMAND = "VERSION";
  try {
    expect(await cniPluginsVersion(join(folder, "bridge"))).toBe("1.9.1");
  } finally {
    if (before === undefined) {
      delete process.env.CNI_COMMAND;
    } else {
      process.env.CNI_COMMAND = before;
    }
  }
});

test("a plugin without a version is refused, with what it says", async () => {
  await expect(cniPluginsVersion(join(folder, "unversioned"))).rejects.toThrow(
    /do not tell their version\.[\s\S]*version unknown[\s\S]*make toolchain/,
  );
});

test("a plugin that is not there is refused", async () => {
  await expect(cniPluginsVersion(join(folder, "missing"))).rejects.toThrow(/ENOENT/);
});
