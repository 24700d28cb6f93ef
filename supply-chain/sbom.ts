import { Enums, Models, Serialize, SPDX, Spec } from "@cyclonedx/cyclonedx-library";
import { PackageURL } from "packageurl-js";

import { byName, type Component } from "./component";

/**
 * A bill of materials in CycloneDX 1.6, JSON. It holds no time and no random number: the same parts are the same text.
 * @param version - Of this project.
 */
export function renderSbom(components: readonly Component[], version: string): string {
  const bom = new Models.Bom();
  bom.metadata.component = new Models.Component(Enums.ComponentType.Application, "sitewright", {
    version,
    bomRef: "sitewright",
  });
  for (const component of [...components].sort(byName)) {
    const model = modelOf(component);
    bom.components.add(model);
    bom.metadata.component.dependencies.add(model.bomRef);
  }
  const serializer = new Serialize.JsonSerializer(
    new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6),
  );
  return serializer.serialize(bom, { sortLists: true, space: 1 });
}

function modelOf({ kind, name, version, hash, licence, usedBy }: Component): Models.Component {
  const slash = name.lastIndexOf("/");
  const group = slash < 0 ? undefined : name.slice(0, slash);
  const purl = new PackageURL(kind, group, name.slice(slash + 1), version, undefined, undefined);
  const model = new Models.Component(Enums.ComponentType.Library, name, {
    version,
    purl: purl.toString(),
    bomRef: purl.toString(),
    scope: usedBy.includes("build") ? Enums.ComponentScope.Excluded : undefined,
  });
  if (hash !== undefined) {
    model.hashes.set(hash.algorithm as Enums.HashAlgorithm, hash.content);
  }
  if (licence !== undefined) {
    model.licenses.add(licenceModel(licence));
  }
  for (const user of usedBy) {
    model.properties.add(new Models.Property("sitewright:usedBy", user));
  }
  return model;
}

function licenceModel(licence: string): Models.License {
  if (SPDX.isSupportedSpdxId(licence)) {
    return new Models.SpdxLicense(licence);
  }
  return / (AND|OR|WITH) /.test(licence)
    ? new Models.LicenseExpression(licence)
    : new Models.NamedLicense(licence);
}
