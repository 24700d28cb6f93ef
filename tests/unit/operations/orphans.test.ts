import { orphanedPlugins } from "../../../operations/orphans";

const cache = "/home/someone/.cache/sitewright";
const plugin = `${cache}/pieces/tls/1/pulumi-resource-tls`;

test("only our own plugins whose engine is gone are orphans", () => {
  const engine = { pid: 10, parent: 1, executable: `${cache}/pieces/pulumi/1/pulumi` };
  const held = { pid: 11, parent: 10, executable: plugin };
  const orphan = { pid: 12, parent: 1, executable: plugin };
  const adopted = { pid: 13, parent: 20, executable: plugin };
  const shell = { pid: 20, parent: 1, executable: "/usr/bin/bash" };
  const foreign = { pid: 14, parent: 1, executable: "/home/someone/.pulumi/pulumi-resource-tls" };
  const vcenter = { pid: 15, parent: 1, executable: `${cache}/pieces/vcenter/1/vcenter` };
  const all = [engine, held, orphan, adopted, shell, foreign, vcenter];
  expect(orphanedPlugins(all, cache)).toEqual([orphan, adopted]);
});
