import { upSummary } from "../../../../operations/status/upSummary";
import { parseEnvironment } from "../../../environment";
import { rawSite, site } from "../../environment/site";

test("an operator is told where the pages are, and the commands that come next", () => {
  const lines = upSummary(site("dev"), { hasLab: true }).split("\n");
  expect(lines).toContain("pages      https://consul-traefik-lan.inf.dev.k8s.coolcorp.test/");
  expect(lines).toContain("           https://confluence.coolcorp.test/");
  expect(lines).toContain("browser    make open ENV=dev lets one on this machine reach them");
  expect(lines).toContain("passwords  make credentials ENV=dev");
  expect(lines).toContain("dashboard  make dashboard ENV=dev prints a token for it");
  expect(lines).toContain(
    'kubectl    make kubeconfig ENV=dev; eval "$(make -s env ENV=dev)" puts kubectl on the PATH',
  );
  expect(lines.at(-1)).toBe("health     make status ENV=dev");
});

test("a site without applications has no pages, passwords or dashboard to speak of", () => {
  const raw = rawSite("prd");
  raw["apps"] = {};
  expect(upSummary(parseEnvironment("prd", raw), { hasLab: false })).toBe(
    'kubectl  make kubeconfig ENV=prd; eval "$(make -s env ENV=prd)" puts kubectl on the PATH\nhealth   make status ENV=prd',
  );
});
