import type { Apps, Credentials, Infra } from "../../../environment/contracts";
import { checkout } from "../../../lib/paths";
import { readEnvironmentFile } from "../../environment";
import { environment, outputs } from "./harness";
import { type Answer, basicAuth, get, type Way } from "./request";

const FORM = { "content-type": "application/x-www-form-urlencoded" };

/** The noticeboard as an operator uses it, through the ingress. */
export class Board {
  private constructor(
    private readonly host: string,
    private readonly way: Way,
    private readonly login: Record<string, string>,
  ) {}

  static async find(): Promise<Board> {
    const { host } = readEnvironmentFile(environment, { directory: checkout }).apps.noticeboard;
    const { address } = (await outputs<Infra>("infra", "infra")).api;
    const { ingressCaCertificate } = await outputs<Required<Apps>>("apps", "apps");
    const credentials = await outputs<Credentials>("apps", "credentials");
    const { user, secret } = credentials.find(({ name }) => name === "Noticeboard")!;
    return new Board(host, { address, ca: ingressCaCertificate }, basicAuth(user ?? "", secret));
  }

  /** Asks for a page, by default as the operator. */
  ask(path: string, headers = this.login): Promise<Answer> {
    return get({ host: this.host, path, headers }, this.way);
  }

  /** Posts a notice by the page's form. */
  post(text: string, headers: Record<string, string> = {}): Promise<Answer> {
    const body = new URLSearchParams({ text }).toString();
    const all = { ...FORM, ...this.login, ...headers };
    return get({ host: this.host, method: "POST", body, headers: all }, this.way);
  }

  /** The texts of all notices, newest first; the answer's status where it gives none. */
  async notices(): Promise<string[]> {
    const { status, body } = await this.ask("/notices.json");
    return status === 200
      ? (JSON.parse(body) as { text: string }[]).map(({ text }) => text)
      : [`status ${status}`];
  }
}
