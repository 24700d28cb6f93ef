import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * A stand-in for the transit secrets engine of HashiCorp Vault, with one key that never leaves it. It shows that the engine uses a
 * key management service with this project's backend and files; what Vault itself decides, it does not show.
 * @see https://developer.hashicorp.com/vault/api-docs/secret/transit
 */
export class TransitService {
  /** Who may use the key. */
  readonly token = randomBytes(16).toString("hex");
  private readonly key = randomBytes(32);
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        const [, , mount, operation] = (request.url ?? "").split("/");
        if (request.headers["x-vault-token"] !== this.token || mount !== "transit") {
          response.writeHead(403).end(JSON.stringify({ errors: ["permission denied"] }));
          return;
        }
        const { plaintext, ciphertext } = JSON.parse(body) as Record<string, string>;
        const data =
          operation === "encrypt"
            ? { ciphertext: this.encrypt(plaintext) }
            : { plaintext: this.decrypt(ciphertext) };
        response.writeHead(200, { "content-type": "application/json" });
        response.end(JSON.stringify({ data }));
      });
    });
  }

  /** Starts it on a free port of the loopback interface; the variables under which the engine finds it. */
  async start(): Promise<Record<string, string>> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    const { port } = this.server.address() as AddressInfo;
    return { VAULT_SERVER_URL: `http://127.0.0.1:${port}`, VAULT_SERVER_TOKEN: this.token };
  }

  stop(): void {
    this.server.close();
  }

  private encrypt(plaintext: string): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", this.key, nonce);
    const sealed = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
    return `vault:v1:${Buffer.concat([nonce, sealed]).toString("base64")}`;
  }

  private decrypt(ciphertext: string): string {
    const sealed = Buffer.from(ciphertext.replace("vault:v1:", ""), "base64");
    const decipher = createDecipheriv("aes-256-gcm", this.key, sealed.subarray(0, 12));
    decipher.setAuthTag(sealed.subarray(-16));
    return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]).toString();
  }
}
