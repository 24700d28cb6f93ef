import { invitation, open } from "../../../../operations/commands/open";

const facts = { stack: "dev", address: "172.30.10.45", names: ["a.test", "b.test"] };

test("the pages are named, and what a browser on another machine needs", () => {
  const text = invitation({ ...facts, isTrusted: true });
  expect(text).toContain("\n  https://a.test/\n  https://b.test/\n");
  expect(text).toContain("\n  ssh -N -L 443:172.30.10.45:443 <this machine>\n");
  expect(text).not.toContain("apt-get");
});

test("without certutil it is said how a browser comes to trust the CA", () => {
  expect(invitation({ ...facts, isTrusted: false })).toContain("apt-get install libnss3-tools");
});

test("a real site's names are its DNS' matter: nothing is written", async () => {
  await expect(open("prd")).rejects.toThrow(
    /make open is for the embedded lab[\s\S]*whoami\.inf\.prd/,
  );
});
