import { renderCorefile } from "../../../lab/corefile";
import { expectGolden } from "../golden";
import { site } from "../environment/site";

test("the resolver answers each network with the registry's address in it", () => {
  expectGolden("Corefile", renderCorefile(site("dev")));
});
