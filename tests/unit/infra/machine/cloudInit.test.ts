import { parse } from "yaml";

import { guestinfo, renderMetadata, renderUserData } from "../../../../infra/machine/cloudInit";
import { site } from "../../environment/site";
import { expectGolden } from "../../golden";

const keys = {
  userPublicKey: "ssh-ed25519 AAAAuser",
  hostPrivateKey:
    "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAAhost\n-----END OPENSSH PRIVATE KEY-----\n",
  hostPublicKey: "ssh-ed25519 AAAAhost",
};

describe.each(["dev", "prd"] as const)("%s", (stack) => {
  const environment = site(stack);
  const machines = [environment.loadBalancer, ...environment.nodes];

  test("metadata of a machine in each zone", () => {
    for (const zone of Object.keys(environment.zones)) {
      const machine = machines.find((one) => one.zone === zone);
      expectGolden(`metadata-${stack}-${zone}.yaml`, renderMetadata(machine!, environment));
    }
  });

  test("user data of a node", () => {
    expectGolden(
      `user-data-${stack}.yaml`,
      renderUserData(environment.nodes[0]!, environment, keys),
    );
  });
});

test("only the named user gets in, and only with a key", () => {
  const environment = site("prd");
  const text = renderUserData(environment.nodes[0]!, environment, keys);
  const config = parse(text) as Record<string, unknown>;
  expect(text).toMatch(/^#cloud-config\n/);
  expect(config).toMatchObject({ disable_root: true, ssh_pwauth: false, ssh_deletekeys: true });
  expect(config["users"]).toEqual([
    expect.objectContaining({
      name: "sitewright",
      lock_passwd: true,
      ssh_authorized_keys: ["ssh-ed25519 AAAAuser"],
    }),
  ]);
  expect(config).not.toHaveProperty("password");
  expect(config).not.toHaveProperty("chpasswd");
});

test("the host key arrives as it is, with one final newline", () => {
  const environment = site("prd");
  const { ssh_keys } = parse(renderUserData(environment.nodes[0]!, environment, keys)) as {
    ssh_keys: Record<string, string>;
  };
  expect(ssh_keys).toEqual({
    ed25519_private: keys.hostPrivateKey,
    ed25519_public: "ssh-ed25519 AAAAhost\n",
  });
});

test("guestinfo is base64 and says so", () => {
  const info = guestinfo("a: ä\n", "#cloud-config\n");
  expect(Object.keys(info).sort()).toEqual([
    "guestinfo.metadata",
    "guestinfo.metadata.encoding",
    "guestinfo.userdata",
    "guestinfo.userdata.encoding",
  ]);
  expect(info["guestinfo.metadata.encoding"]).toBe("base64");
  expect(Buffer.from(info["guestinfo.metadata"]!, "base64").toString()).toBe("a: ä\n");
});
