import { caCertificate } from "../../../../cluster/state/caCertificate";
import { caPem, kubeconfig } from "../certificates";

test("the CA in a kubeconfig", () => {
  expect(caCertificate(kubeconfig)).toBe(caPem);
});

test.each(["", "clusters: []", "clusters: [{ cluster: { server: 'https://x' } }]", "secret text"])(
  "%j is no kubeconfig, and does not show in the error",
  (text) => {
    expect(() => caCertificate(text)).toThrow(
      "The first control plane did not print a kubeconfig with an embedded CA; look at /etc/kubernetes/admin.conf there.",
    );
  },
);
