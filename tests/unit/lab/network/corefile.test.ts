import { renderCorefile } from "../../../../lab/network/corefile";
import { pairSite } from "../../environment/pair";
import { parseEnvironment } from "../../../environment";
import { rawSite, site } from "../../environment/site";
import { expectGolden } from "../../golden";

test("the resolver answers each network with the registry's address in it", () => {
  expectGolden("Corefile", renderCorefile(site("dev")));
});

test("of a pair of load balancers it answers with each machine's address, and for API and ingress with the virtual one", () => {
  const answers = renderCorefile(pairSite("dev"));
  expect(answers).toContain("172.30.10.45 kube.coolcorp.test");
  expect(answers).toContain("172.30.10.46 devk8slb501.coolcorp.test");
  expect(answers).toContain("172.30.10.47 devk8slb502.coolcorp.test");
  expect(answers.match(/(?<=IN A )172.*(?=")/g)).toEqual(["172.30.10.45", "172.30.10.45"]);
});

test("without an ingress no name but the machines' and the API's is answered", () => {
  const raw = rawSite("dev");
  raw["apps"] = {};
  expect(renderCorefile(parseEnvironment("dev", raw))).not.toContain("template");
});
