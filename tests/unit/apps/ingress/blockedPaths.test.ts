import { blockedPaths } from "../../../../apps/ingress/blockedPaths";

/** RE2's flag for the whole expression as JavaScript has it. */
const expression = (prefixes: string[]) =>
  new RegExp(blockedPaths(prefixes).replace(/^\(\?i\)/, ""), "i");

const CONFLUENCE = ["/setup/", "/json/setup-restore", "/server-info.action"];

test.each([
  "/setup/setupadministrator-start.action",
  "/setup/",
  "/json/setup-restore.action",
  "/json/setup-restore-local.action",
  "/json/setup-restore-progress.action",
  "/server-info.action",
  // Parameters of a segment.
  "/setup;jsessionid=1/setupadministrator.action",
  "/json;a=b/setup-restore.action",
  "/setup%3Bx/y",
  "/server-info.action;x",
  // Segments that are nothing but for a parameter.
  "/;/setup/x",
  "/pages/..;/setup/x",
  "/pages/.;a/../setup/x",
  "/pages/..%3B/setup/x",
  "/json/;x/setup-restore.action",
  // Slashes more than one, and what is taken for one.
  "//setup//x",
  "/json//setup-restore.action",
  "/json%2Fsetup-restore.action",
  "/json%2fsetup-restore.action",
  "/json\\setup-restore.action",
  "/json%5Csetup-restore.action",
  // Encoded twice; NUL.
  "/%2573etup/x",
  "/setup\0/x",
  "/SETUP/setupadministrator.action",
])("%j is blocked", (path) => {
  expect(expression(CONFLUENCE).test(path)).toBe(true);
});

test.each([
  "/",
  "/display/DS/setup/",
  "/display/DS/Setup+of+the+printer",
  "/pages/viewpage.action",
  "/server-info/action",
  "/server-infoXaction",
  "/json/startheartbeatactivity.action",
  "/login.action;jsessionid=0123456789ABCDEF",
  "/download/attachments/98/100%25.pdf",
  "/download/attachments/98/a b;c.pdf",
  "/rest/api/content",
  "/s/d41d8cd98f00b204e9800998ecf8427e-CDN/-1/8703/0/_/download/batch/x.js",
])("%j is not", (path) => {
  expect(expression(CONFLUENCE).test(path)).toBe(false);
});

test("what is no path is refused, and a backtick cannot end the rule", () => {
  expect(() => blockedPaths(["setup"])).toThrow('begins with "/"');
  expect(blockedPaths(["/a`b"])).not.toContain("`");
});

test.each(["/a^b", "/a\\b", "/a]b", "/a.b"])("%j is blocked as it stands", (prefix) => {
  expect(expression([prefix]).test(prefix)).toBe(true);
});
