import { versionsTable } from "../../../../operations/commands/versions";
import { site } from "../../environment/site";

const rowOf = (name: string, text: string) =>
  text.split("\n").find((line) => line.startsWith(`${name}  `));

test("a row has version, key and end of life, and says so once a line has ended", () => {
  const before = versionsTable(site("dev"), new Date("2026-12-01"));
  expect(rowOf("Kubernetes", before)).toMatch(
    /^Kubernetes +1\.36\.3 +kubernetes\.version +2027-06-28 +endoflife\.date\/kubernetes$/,
  );
  expect(before).not.toContain("Antrea");
  const after = versionsTable(site("dev"), new Date("2027-06-29"));
  expect(rowOf("Kubernetes", after)).toContain("2027-06-28: ENDED");
});

test("of a release that is not the table's the end is unknown", () => {
  const dev = site("dev");
  dev.kubernetes.version = "1.36.9";
  expect(rowOf("Kubernetes", versionsTable(dev, new Date("2026-12-01")))).toMatch(
    / 1\.36\.9 .* unknown +not the release of environment\/releases\/components\.ts, 1\.36\.3$/,
  );
});
