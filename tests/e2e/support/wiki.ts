import type { Apps, Infra } from "../../../environment/contracts";
import { outputs } from "./harness";
import { get } from "./request";

/** What a host behind the ingress answers. */
export interface Answer {
  status: number;
  body: string;
}

/** Asks hosts behind the ingress by HTTPS, with the site's CA as the only one that is trusted. */
export class Wiki {
  private constructor(
    private readonly address: string,
    private readonly ca: string,
  ) {}

  static async find(): Promise<Wiki> {
    const infra = await outputs<Infra>("infra", "infra");
    const apps = await outputs<Required<Apps>>("apps", "apps");
    return new Wiki(infra.api.address, apps.ingressCaCertificate);
  }

  /** One request; the path is sent as it is. A form makes it a POST. */
  ask(host: string, path: string, form?: Record<string, string>): Promise<Answer> {
    const body = form && new URLSearchParams(form).toString();
    return get(
      {
        host,
        path,
        ...(body === undefined
          ? {}
          : {
              method: "POST",
              headers: { "content-type": "application/x-www-form-urlencoded" },
              body,
            }),
      },
      { address: this.address, ca: this.ca },
    ).then(({ status, body: text }) => ({ status, body: text }));
  }

  /** Writes a page. */
  async write(host: string, title: string, text: string): Promise<void> {
    const { status, body } = await this.ask(host, "/pages", { title, body: text });
    if (status >= 400) {
      throw new Error(`The page was not written: ${status} ${body}`);
    }
  }

  /** Whether the page is there with this text. */
  async has(host: string, title: string, text: string): Promise<boolean> {
    const { status, body } = await this.ask(host, `/pages/${encodeURIComponent(title)}`);
    return status === 200 && body.includes(text);
  }

  /** Seconds until the page is there with this text. Fails after `deadline` seconds with the last answer. */
  async until(host: string, title: string, text: string, deadline: number): Promise<number> {
    const started = Date.now();
    for (;;) {
      const answer = await this.ask(host, `/pages/${encodeURIComponent(title)}`).catch(
        (error: unknown) => ({ status: 0, body: (error as Error).message }),
      );
      const seconds = (Date.now() - started) / 1000;
      if (answer.status === 200 && answer.body.includes(text)) {
        return seconds;
      }
      if (seconds > deadline) {
        throw new Error(
          `${title} is not there after ${deadline} s: ${answer.status} ${answer.body}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}
