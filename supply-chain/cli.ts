import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { exitWith } from "../lib/exit";
import { OperatorError } from "../lib/operatorError";
import { checkout } from "../lib/paths";
import { audit } from "./audit";
import { components, readPolicy } from "./files";
import { licenceFaults, licencePolicy, licenceTable, withNamedLicences } from "./licences";
import { renderSbom } from "./sbom";

const SBOM = "sbom.cdx.json";

const commands: Record<string, () => Promise<void>> = {
  sbom: async () => {
    const all = withNamedLicences(await components(), readPolicy("licences.yaml", licencePolicy));
    const { version } = JSON.parse(readFileSync(join(checkout, "package.json"), "utf8")) as {
      version: string;
    };
    writeFileSync(join(checkout, SBOM), `${renderSbom(all, version)}\n`);
    console.log(`${all.length} components are in ${SBOM}, CycloneDX 1.6`);
  },
  licences: async () => {
    const policy = readPolicy("licences.yaml", licencePolicy);
    const all = withNamedLicences(await components(), policy);
    console.log(licenceTable(all));
    const faults = licenceFaults(all, policy);
    if (faults.length > 0) {
      throw new OperatorError({
        what: "Not every licence is an allowed one.",
        where: "supply-chain/licences.yaml",
        why: faults.join("\n"),
        next: "take the component out, or name its licence there with the reason why it is accepted",
      });
    }
    console.log(
      `${all.length} components, all under licences that supply-chain/licences.yaml allows`,
    );
  },
  audit: async () => {
    process.exitCode = await audit();
  },
};

async function main(): Promise<void> {
  const name = process.argv[2] ?? "";
  const command = commands[name];
  if (command === undefined) {
    throw new OperatorError({
      what: `There is no command "${name}".`,
      next: `use one of ${Object.keys(commands).join(", ")}; make help explains them`,
    });
  }
  await command();
}

exitWith(main());
