import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { execa } from "execa";
import { type Browser, chromium, type Page } from "playwright-core";

import type { Credentials } from "../../../environment/contracts";
import { readEnvironmentFile } from "../../environment";
import { checkout, stateDirectory } from "../../../lib/paths";
import { environment, expectSuccess, make, outputs } from "./harness";
import { Wiki } from "./wiki";

/** Debian's browser. */
const CHROMIUM = "/usr/bin/chromium";

/** SCREENSHOTS=1 takes the pictures of the docs again. */
const pictures = process.env["SCREENSHOTS"] === "1" && join(checkout, "docs/screenshots");

const QUIET = [
  // Chromium's own sandbox needs more than a root user in a container has.
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A browser of a person, who has a home and nothing else. */
function launch(home: string): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    headless: true,
    env: { PATH: process.env["PATH"] ?? "", HOME: home },
    args: QUIET,
  });
}

/** `make open` as that person runs it, without the build before it. */
async function openPages(home: string): Promise<string> {
  const args = [join(checkout, "dist/operations/cli.js"), "open", "--environment", environment];
  const { stdout } = await execa(process.execPath, args, {
    env: { HOME: home, XDG_STATE_HOME: dirname(stateDirectory()) },
  });
  return stdout;
}

export function browser(): void {
  const { apps: hosts } = readEnvironmentFile(environment, { directory: checkout });
  const homes: string[] = [];
  const browsers: Browser[] = [];
  let credentials: Credentials;
  let visitor: Browser;

  const home = (): string => {
    const made = mkdtempSync(join(tmpdir(), "sitewright-browser-"));
    homes.push(made);
    return made;
  };
  const started = async (at: string): Promise<Browser> => {
    const made = await launch(at);
    browsers.push(made);
    return made;
  };

  beforeAll(async () => {
    credentials = await outputs<Credentials>("apps", "credentials");
    const trusting = home();
    expect(await openPages(trusting)).toContain(`https://${hosts.whoami.host}/\n`);
    visitor = await started(trusting);
  });

  afterAll(async () => {
    await Promise.all(browsers.map((one) => one.close()));
    homes.forEach((one) => rmSync(one, { recursive: true }));
  });

  /** Shows a page to a visitor who knows nothing but, if given, the password of its credential. */
  async function visit(
    host: string,
    look: (page: Page) => Promise<void>,
    httpCredentials?: { username: string; password: string },
  ): Promise<void> {
    const context = await visitor.newContext({
      viewport: { width: 1100, height: 700 },
      ...(httpCredentials === undefined ? {} : { httpCredentials }),
    });
    try {
      const page = await context.newPage();
      page.setDefaultTimeout(30_000);
      await page.goto(`https://${host}/`);
      await look(page);
    } finally {
      await context.close();
    }
  }

  async function picture(page: Page, name: string): Promise<void> {
    if (pictures) {
      await page.screenshot({ path: join(pictures, `${name}.png`) });
    }
  }

  const credential = (what: RegExp): { username: string; password: string } => {
    const found = credentials.find(({ name }) => what.test(name));
    if (found === undefined) {
      throw new Error(`there are no credentials for ${what.source}`);
    }
    return { username: found.user ?? "", password: found.secret };
  };

  test("a browser that does not know the site's CA refuses its pages, so that the others' consent counts", async () => {
    const stranger = await (await started(home())).newPage();
    await expect(stranger.goto(`https://${hosts.confluence.host}/`)).rejects.toThrow(
      "ERR_CERT_AUTHORITY_INVALID",
    );
  });

  test("Confluence shows its pages, and says that it is a stand-in", async () => {
    const wiki = await Wiki.find();
    await wiki.write(hosts.confluence.publicHost.name, "Runbook", "make up, make test");
    await visit(hosts.confluence.publicHost.name, async (page) => {
      await page.getByRole("link", { name: "Runbook" }).waitFor();
      expect(await page.content()).toContain("stand-in");
      await picture(page, "confluence");
    });
  });

  test("Adminer lets in only with the password", async () => {
    const { username, password } = credential(/adminer/i);
    const login = async (page: Page, secret: string): Promise<void> => {
      const at = new URLSearchParams({ pgsql: "127.0.0.1", username, db: "confluence" });
      await page.goto(`https://${hosts.confluence.database.adminerHost}/?${at.toString()}`);
      await page.locator('[name="auth[password]"]').fill(secret);
      await page.locator('input[type="submit"]').first().click();
    };
    await visit(hosts.confluence.database.adminerHost, async (page) => {
      await login(page, "wrong");
      await page.locator(".error").first().waitFor();
      expect(await page.locator("#logout").count()).toBe(0);
      await login(page, password);
      await page.locator("#logout").waitFor();
      await picture(page, "adminer");
    });
  });

  test("Consul's UI shows its servers to who has the password", async () => {
    await visit(
      hosts.consul.uiHost,
      async (page) => {
        await page.getByText("consul", { exact: true }).first().waitFor();
        await picture(page, "consul");
      },
      credential(/consul/i),
    );
  });

  test("Traefik's dashboard shows its entry points to who has the password", async () => {
    await visit(
      hosts.ingress.dashboardHost,
      async (page) => {
        await page
          .getByText(/websecure/i)
          .first()
          .waitFor();
        await picture(page, "traefik");
      },
      credential(/traefik/i),
    );
  });

  test("the noticeboard takes a notice from its page", async () => {
    await visit(
      hosts.noticeboard.host,
      async (page) => {
        await page.getByLabel("A notice for the other operators").fill("Maintenance at 22:00");
        await page.getByRole("button", { name: "Post" }).click();
        await page.getByText("Maintenance at 22:00").first().waitFor();
        await picture(page, "noticeboard");
      },
      credential(/^Noticeboard$/),
    );
  });

  test("the dashboard shows the cluster to a token's account", async () => {
    const printed = await make("dashboard");
    expectSuccess(printed);
    const token = /^ey[\w-]+\.[\w-]+\.[\w-]+$/m.exec(printed.output)?.[0] ?? "";
    await visit(hosts.dashboard.host, async (page) => {
      await page.locator("#token").fill(token);
      await page.getByRole("button", { name: "Log in" }).click();
      await page.locator("#user").waitFor();
      await picture(page, "dashboard");
    });
  });
}
