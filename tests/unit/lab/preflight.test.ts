import { type AddressInfo, createServer } from "node:net";

import { disksOf, refuseShortage } from "../../../lab/host/diskSpace";
import { ensureDockerDaemon } from "../../../lab/host/dockerDaemon";
import { checkPortIsFree } from "../../../lab/host/portInUse";
import { missingPackages } from "../../../lab/host/tools";
import { Progress } from "../../../lib/progress";

describe("a port that is in use", () => {
  const server = createServer();
  beforeAll(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  test("is refused with the process that has it", async () => {
    const { port } = server.address() as AddressInfo;
    const attempt = checkPortIsFree(`127.0.0.1:${port}`, "The simulated vCenter");
    await expect(attempt).rejects.toThrow(
      new RegExp(
        `^The simulated vCenter needs a port that is in use\\.[\\s\\S]*127\\.0\\.0\\.1:${port}[\\s\\S]*process ${process.pid}\\b[\\s\\S]*next:`,
      ),
    );
  });
});

test("a port that is free is not refused", async () => {
  await expect(checkPortIsFree("127.0.0.1:0", "The simulated vCenter")).resolves.toBeUndefined();
});

test("too little disk space is told in numbers, every disk at once", () => {
  const disks = [
    { places: [{ path: "/a", purpose: "docker", needed: 6 }], free: 1.25 },
    { places: [{ path: "/b", purpose: "enough", needed: 3 }], free: 3 },
    { places: [{ path: "/c", purpose: "cache", needed: 3 }], free: 2.94 },
  ];
  expect(() => refuseShortage(disks)).toThrow(
    "There is too little disk space for the lab. Nothing was created.\n" +
      "  why:   /a (docker): 1.3 GiB free, 6 GiB needed\n" +
      "         /c (cache): 2.9 GiB free, 3 GiB needed\n" +
      "  next:  make room (docker system prune removes what docker does not use), then run make up again",
  );
  expect(() => refuseShortage(disks.slice(1, 2))).not.toThrow();
});

describe("two places", () => {
  const places = [
    { path: "/var/lib/docker", purpose: "docker", needed: 6 },
    { path: "/home/someone/.cache", purpose: "cache", needed: 3 },
  ];
  const devices: Record<string, number> = { "/var/lib/docker": 1, "/home/someone/.cache": 2 };

  test("on one disk need room for both", async () => {
    const disks = await disksOf(places, async () => ({ device: 1, free: 8 }));
    expect(() => refuseShortage(disks)).toThrow(
      "/var/lib/docker (docker) and /home/someone/.cache (cache): 8.0 GiB free, 9 GiB needed",
    );
    const enough = await disksOf(places, async () => ({ device: 1, free: 9 }));
    expect(() => refuseShortage(enough)).not.toThrow();
  });

  test("on two disks need room each", async () => {
    const disks = await disksOf(places, async (path) => ({ device: devices[path]!, free: 6 }));
    expect(() => refuseShortage(disks)).not.toThrow();
  });
});

test("a package is asked for once, whatever is missing of it", () => {
  expect(missingPackages((program) => !["dockerd", "docker", "ip"].includes(program))).toEqual([
    "docker.io",
    "iproute2",
  ]);
  expect(missingPackages(() => true)).toEqual([]);
});

test("a docker elsewhere that does not answer is not started here", async () => {
  const before = process.env.DOCKER_HOST;
  process.env.DOCKER_HOST = "unix:///nonexistent/docker.sock";
  try {
    await expect(ensureDockerDaemon(new Progress())).rejects.toThrow(
      /^Docker does not answer\.[\s\S]*DOCKER_HOST=unix:[\s\S]*next:/,
    );
  } finally {
    if (before === undefined) {
      delete process.env.DOCKER_HOST;
    } else {
      process.env.DOCKER_HOST = before;
    }
  }
});
