import { X509Certificate } from "node:crypto";
import { request } from "node:https";
import type { TLSSocket } from "node:tls";

import { z } from "zod";

import { type ApiAccess, certificate, readKubeconfig } from "./kubeconfig";

/**
 * Answer of an API server. Only the first two kinds come from a server that the cluster's CA has authenticated and that accepted the
 * kubeconfig's credentials. Decide nothing on the third kind.
 */
export type Answer<T> =
  | { kind: "answered"; value: T }
  /** The server says that there is no such object. */
  | { kind: "absent" }
  /**
   * The text is for a person, without secrets. A status comes from a server that the CA has authenticated; a code is Node's own, such
   * as CERT_HAS_EXPIRED, and says nothing about who answered.
   */
  | { kind: "unreadable"; why: string; status?: number; code?: string };

/** Seconds for one request, connection included. */
const DEADLINE_SECONDS = 3;

/** Bytes of an answer that are read: the nodes of a large cluster have some megabytes. */
const LONGEST_ANSWER = 64 * 1024 * 1024;

const statusSchema = z.object({
  kind: z.literal("Status"),
  reason: z.string().optional(),
  message: z.string().optional(),
});

/**
 * Reads a cluster's API inside a program, without a separate process. Every request is one connection, which closes with its answer, so
 * that the program can end. It never throws.
 */
export class ApiReader {
  private readonly access: ApiAccess | undefined;
  /** Why the kubeconfig is broken; empty where it is not. */
  readonly fault: string;
  private latest: X509Certificate | undefined;

  /**
   * @param kubeconfig - Text of a kubeconfig with everything in it. Secret.
   * @param deadlineSeconds - Seconds for one request.
   */
  constructor(
    kubeconfig: string,
    private readonly deadlineSeconds = DEADLINE_SECONDS,
  ) {
    const read = readKubeconfig(kubeconfig);
    this.access = read.kind === "kubeconfig" ? read.access : undefined;
    this.fault = read.kind === "kubeconfig" ? "" : read.why;
  }

  /** The kubeconfig's client certificate; undefined where it has none, or is broken. */
  get clientCertificate(): X509Certificate | undefined {
    return this.access?.cert === undefined ? undefined : certificate(this.access.cert);
  }

  /** What the server of the latest question has served, verified by the CA; undefined as long as there was none. */
  get servedCertificate(): X509Certificate | undefined {
    return this.latest;
  }

  /**
   * Asks for one object or one list.
   *
   * @param path - Path and query, such as `/api/v1/nodes`.
   * @param schema - Form of the answer; any other answer is unreadable.
   */
  async get<T>(path: string, schema: z.ZodType<T>): Promise<Answer<T>> {
    const { access } = this;
    if (access === undefined) {
      return { kind: "unreadable", why: this.fault };
    }
    const unreadable = (why: string, more: { status?: number; code?: string } = {}): Answer<T> => ({
      kind: "unreadable",
      why: `${access.server.origin}: ${why}`,
      ...more,
    });
    let response: Response;
    try {
      response = await this.ask(access, path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      return unreadable(reason(error), code === undefined ? {} : { code });
    }
    const { status, body } = response;
    const value = parsed(body);
    if (status !== 200) {
      const said = statusSchema.safeParse(value).data;
      return status === 404 && said?.reason === "NotFound"
        ? { kind: "absent" }
        : unreadable(`HTTP ${[status, said?.reason, said?.message].filter(Boolean).join(" ")}`, {
            status,
          });
    }
    const read = schema.safeParse(value);
    return read.success
      ? { kind: "answered", value: read.data }
      : unreadable(`the answer to ${path} is not what an API server says`);
  }

  private ask(access: ApiAccess, path: string): Promise<Response> {
    const { server, serverName, ca, cert, key, token } = access;
    return new Promise((resolve, reject) => {
      // It throws for a key that is none.
      const attempt = request(
        new URL(path, server),
        {
          ca,
          cert,
          key,
          ...(serverName === undefined ? {} : { servername: serverName }),
          rejectUnauthorized: true,
          headers: {
            accept: "application/json",
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          },
          agent: false,
        },
        (response) => {
          const { raw } = (response.socket as TLSSocket).getPeerCertificate();
          this.latest = new X509Certificate(raw);
          const { statusCode: status = 0 } = response;
          const chunks: Buffer[] = [];
          let length = 0;
          response.on("data", (chunk: Buffer) => {
            length += chunk.length;
            if (length > LONGEST_ANSWER) {
              attempt.destroy(new Error(`the answer has more than ${LONGEST_ANSWER} bytes`));
            }
            chunks.push(chunk);
          });
          response.on("end", () => settle(() => resolve({ status, body: Buffer.concat(chunks) })));
          response.on("error", (error) => settle(() => reject(error)));
        },
      );
      const timer = setTimeout(
        () => attempt.destroy(new Error(`no answer within ${this.deadlineSeconds} s`)),
        this.deadlineSeconds * 1000,
      );
      const settle = (end: () => void) => {
        clearTimeout(timer);
        attempt.destroy();
        end();
      };
      attempt.on("error", (error) => settle(() => reject(error)));
      attempt.end();
    });
  }
}

interface Response {
  status: number;
  body: Buffer;
}

/** Parses JSON; undefined if the text is not JSON. */
function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

/** Message of an error, with its code. */
function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === undefined || message.includes(code) ? message : `${message} (${code})`;
}
