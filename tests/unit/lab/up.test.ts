import { ensureHost } from "../../../lab/host/host";
import { prepare } from "../../../lab/up";
import { Progress } from "../../../lib/progress";
import { site } from "../environment/site";

jest.mock("../../../lab/host/host");
jest.mock("../../../lab/node/debianArchive");

test("an environment that the lab refuses is refused before anything is installed", async () => {
  const environment = site("dev");
  environment.zones["lan"]!.dnsServers = ["8.8.8.8"];
  await expect(prepare(environment, new Progress())).rejects.toThrow(/zones\.lan\.dnsServers/);
  expect(ensureHost).not.toHaveBeenCalled();
});
