import { testFaults } from "./faultCases";
import { faultsOf, rawSite } from "./site";

testFaults([
  {
    name: "a format for the disks of linked clones",
    spoil: (raw) => Object.assign(raw["vsphere"], { clone: "linked", diskFormat: "thin" }),
    path: "vsphere.diskFormat",
    value: "thin",
    reason: /share the template's disk/,
    allowed: /clone: full/,
  },
  {
    name: "a linked clone of another size",
    spoil: (raw) => {
      raw["vsphere"].clone = "linked";
      raw["nodes"][2].diskGiB = 40;
    },
    path: "nodes[2].diskGiB",
    value: 40,
    reason: /^is not that of loadBalancer/,
    allowed: "20, or clone: full",
  },
  {
    name: "a hardware version that there is not",
    spoil: (raw) => (raw["vsphere"].hardwareVersion = 14),
    path: "vsphere.hardwareVersion",
    value: 14,
    reason: "has the wrong form",
    allowed: "from 15 to 21",
  },
  {
    name: "a tag that there is not",
    spoil: (raw) => (raw["vsphere"].tags = ["rack"]),
    path: "vsphere.tags[0]",
    value: "rack",
    reason: "has the wrong form",
    allowed: '"role", "zone", "site"',
  },
]);

test("linked clones of one size are right", () => {
  const raw = rawSite("dev");
  raw["vsphere"].clone = "linked";
  expect(faultsOf(raw)).toEqual([]);
});
