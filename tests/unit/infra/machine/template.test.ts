import { parseEnvironment } from "../../../environment";
import { templateFacts, templateFaults } from "../../../../infra/machine/template";
import { rawSite } from "../../environment/site";

/** The production environment, whose volumes are the CSI driver's, with another hardware version. */
function prd(hardwareVersion?: number) {
  const raw = rawSite("prd");
  raw["vsphere"].hardwareVersion = hardwareVersion;
  return parseEnvironment("prd", raw);
}

test.each([
  ["its own version", undefined, 17],
  ["a newer one", 19, 17],
  ["an upgrade to what CSI asks for", 15, 13],
])("a template fits: %s", (_, wanted, hardwareVersion) => {
  expect(templateFaults(prd(wanted), { hardwareVersion, scsiType: "pvscsi" })).toEqual([]);
});

test("a template newer than the machines are to be", () => {
  expect(templateFaults(prd(17), { hardwareVersion: 19, scsiType: "pvscsi" })).toEqual([
    "It has hardware version 19, and site:vsphere.hardwareVersion is 17: no machine can go back. Set the key to 19 or more, or leave it out.",
  ]);
});

test("a template on which the CSI driver would attach nothing, all reasons at once", () => {
  expect(templateFaults(prd(), { hardwareVersion: 13, scsiType: "lsilogic" })).toEqual([
    expect.stringContaining("the CSI driver asks for 15 or more"),
    expect.stringContaining("Its SCSI controller is lsilogic, and the CSI driver asks for pvscsi"),
  ]);
});

test("without the CSI driver neither matters", () => {
  const dev = parseEnvironment("dev", rawSite("dev"));
  expect(templateFaults(dev, { hardwareVersion: 13, scsiType: "lsilogic" })).toEqual([]);
});

test("the refusal names the template and the file", () => {
  const found = {
    id: "1",
    scsiType: "lsilogic",
    hardwareVersion: 19,
    disks: [{ size: 16 }],
    networkInterfaceTypes: ["vmxnet3"],
  };
  expect(() => templateFacts(prd(), found as never)).toThrow(
    /^The template "photon-5" does not fit Pulumi\.prd\.yaml\. Nothing was created or changed\.\n {2}Its SCSI/,
  );
});
