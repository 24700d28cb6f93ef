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
