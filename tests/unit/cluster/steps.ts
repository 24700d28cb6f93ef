import type { MockSite } from "../mocks";
import { kubeconfig } from "./certificates";

export const token = "abcdef.0123456789abcdef";
export const certificateKey = "0123456789abcdef".repeat(4);

/** What each step prints on its machine. */
export function printed(step: string): string {
  if (step.includes("initialize")) {
    return kubeconfig;
  }
  return /mint-[a-z]+k8smst/.test(step)
    ? JSON.stringify({ token, certificateKey })
    : JSON.stringify({ token });
}

/** The key that Secrets are encrypted with. */
export const encryptionKey = Buffer.from("0123456789abcdef".repeat(2)).toString("base64");

/** What providers know of the cluster's resources beyond their inputs. */
export const clusterResources: NonNullable<MockSite["outputs"]> = {
  "command:remote:Command": ({ name }) => ({ stdout: printed(name) }),
  "random:index/randomBytes:RandomBytes": () => ({ base64: encryptionKey }),
};
