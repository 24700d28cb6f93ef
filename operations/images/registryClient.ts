import { createHash } from "node:crypto";
import { rootCertificates } from "node:tls";

import { Agent, type Dispatcher, EnvHttpProxyAgent, fetch, type Response } from "undici";

import { readIfThere } from "../../lib/files";
import { basicAuthorization } from "./credentials";

/** What one image may be: several platforms under one digest, or one. A node asks for the same. */
const MANIFESTS = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** Milliseconds that one answer may take. */
const DEADLINE = 30_000;

/** Why a registry does not say what is asked; a sentence for people. */
export class RegistryError extends Error {}

/** Where images are asked for. */
export interface RegistryOptions {
  /** Base URL of a registry that is asked in the place of each image's own: containerd.registryMirror. */
  mirror?: string | undefined;
  /** @default those of this process: SSL_CERT_FILE, DOCKER_CONFIG, HTTPS_PROXY and so on */
  variables?: NodeJS.ProcessEnv;
}

/** Asks registries, by their HTTP API of version 2, which digests are under tags. */
export class RegistryClient {
  private readonly dispatcher: Dispatcher;
  private readonly variables: NodeJS.ProcessEnv;

  constructor(private readonly options: RegistryOptions = {}) {
    this.variables = options.variables ?? process.env;
    const file = this.variables.SSL_CERT_FILE;
    const authorities = file === undefined ? undefined : readIfThere(file);
    this.dispatcher = dispatcherOf(
      this.variables,
      authorities === undefined ? {} : { ca: [...rootCertificates, authorities] },
    );
  }

  /**
   * The digest under a tag, or the same digest where the registry has it.
   * @param repository - Registry and path.
   * @param reference - A tag or a digest.
   * @throws RegistryError that says why not.
   */
  async digest(repository: string, reference: string): Promise<string> {
    const slash = repository.indexOf("/");
    const [registry, path] = [repository.slice(0, slash), repository.slice(slash + 1)];
    const base = this.options.mirror ?? `https://${hostOf(registry)}`;
    const url = new URL(`${base.replace(/\/$/, "")}/v2/${path}/manifests/${reference}`);
    if (this.options.mirror !== undefined) {
      // As containerd asks a mirror: one that serves several registries tells them apart by it.
      url.searchParams.set("ns", registry);
    }
    const host = this.options.mirror === undefined ? registry : url.host;
    const head = await this.authorized(url, path, host, "HEAD");
    const found = head.headers.get("docker-content-digest");
    return found ?? digestOf(await this.authorized(url, path, host, "GET"));
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    await this.dispatcher.close();
  }

  private async authorized(
    url: URL,
    path: string,
    host: string,
    method: "HEAD" | "GET",
  ): Promise<Response> {
    const accept = { accept: MANIFESTS };
    const first = await this.send(url, method, accept);
    if (first.status !== 401) {
      return accepted(first, url);
    }
    const authorization = await this.authorization(first, url, path, host);
    return accepted(await this.send(url, method, { ...accept, authorization }), url);
  }

  /** What the registry asks for in its header WWW-Authenticate: a token that anybody gets, or credentials. */
  private async authorization(
    answer: Response,
    url: URL,
    path: string,
    host: string,
  ): Promise<string> {
    const challenge = answer.headers.get("www-authenticate") ?? "";
    const basic = basicAuthorization(host, this.variables);
    if (!/^bearer /i.test(challenge)) {
      if (basic === undefined) {
        throw new RegistryError(`${url.host} asks for credentials: docker login ${host}`);
      }
      return basic;
    }
    const fields = Object.fromEntries(
      [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]),
    );
    const realm = urlOf(fields["realm"]);
    if (realm === undefined || (realm.protocol !== "https:" && url.protocol === "https:")) {
      throw new RegistryError(`${url.host} names no place with TLS where it gives tokens`);
    }
    if (fields["service"] !== undefined) {
      realm.searchParams.set("service", fields["service"]);
    }
    realm.searchParams.set("scope", fields["scope"] ?? `repository:${path}:pull`);
    const headers: Record<string, string> = basic === undefined ? {} : { authorization: basic };
    const given = await this.send(realm, "GET", headers);
    if (!given.ok) {
      throw new RegistryError(
        `${realm.host} gives ${basic === undefined ? "anonymous users" : "these credentials"} no token for it (HTTP ${given.status}): docker login ${host}`,
      );
    }
    const { token, access_token: other } = (await given.json()) as Record<string, unknown>;
    return `Bearer ${String(token ?? other)}`;
  }

  private async send(
    url: URL,
    method: "HEAD" | "GET",
    headers: Record<string, string>,
  ): Promise<Response> {
    try {
      return await fetch(url, {
        method,
        headers,
        dispatcher: this.dispatcher,
        signal: AbortSignal.timeout(DEADLINE),
      });
    } catch (error) {
      const { message, cause } = error as Error & { cause?: Error & { code?: string } };
      throw new RegistryError(
        `${url.host} cannot be asked: ${cause?.code ?? cause?.message ?? message}`,
      );
    }
  }
}

/** How connections are made: directly, or through the proxies that the variables name. */
function dispatcherOf(variables: NodeJS.ProcessEnv, tls: { ca?: string[] }): Dispatcher {
  const {
    HTTP_PROXY: http,
    HTTPS_PROXY: https,
    NO_PROXY: none,
    http_proxy: httpProxy = http,
    https_proxy: httpsProxy = https,
    no_proxy: noProxy = none,
  } = variables;
  if (httpProxy === undefined && httpsProxy === undefined) {
    return new Agent({ connect: tls });
  }
  // undici hands all options on to the connections; its types name those of a plain agent alone.
  const options = { httpProxy, httpsProxy, noProxy, connect: tls, requestTls: tls };
  return new EnvHttpProxyAgent(options as EnvHttpProxyAgent.Options);
}

/** Docker Hub's API has another host than its images' names. */
function hostOf(registry: string): string {
  return registry === "docker.io" ? "registry-1.docker.io" : registry;
}

function accepted(answer: Response, url: URL): Response {
  if (answer.ok) {
    return answer;
  }
  throw new RegistryError(
    answer.status === 404
      ? `${url.host} does not have it`
      : answer.status === 401 || answer.status === 403
        ? `${url.host} refuses the credentials (HTTP ${answer.status})`
        : `${url.host} answers HTTP ${answer.status}`,
  );
}

async function digestOf(answer: Response): Promise<string> {
  const content = Buffer.from(await answer.arrayBuffer());
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

function urlOf(text: string | undefined): URL | undefined {
  return text !== undefined && URL.canParse(text) ? new URL(text) : undefined;
}
