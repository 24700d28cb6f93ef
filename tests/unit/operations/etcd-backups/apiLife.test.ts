import { apiLife } from "../../../../operations/etcd-backups/lostControlPlane";
import { kubeconfigOf, withAuthority } from "../../kubernetes/authority";
import { status, withServer } from "../../kubernetes/server";

/** What is known of a cluster whose API server answers so; with a kubeconfig of another cluster's CA where that is said. */
function lifeOf(code: number, body: string, { isStranger = false } = {}) {
  return withAuthority((authority) =>
    withAuthority((stranger) => {
      const server = authority.issue("/CN=kube-apiserver");
      const client = authority.issue("/CN=operator");
      const ca = isStranger ? stranger.ca : authority.ca;
      return withServer(
        server,
        authority.ca,
        (_, response) => response.writeHead(code).end(body),
        (url) => apiLife(kubeconfigOf(url, ca, client)),
      );
    }),
  );
}
const EMPTY = JSON.stringify({ kind: "NodeList", items: [] });

test.each([
  ["answers with nodes", 200, EMPTY, /^it answers, with 0 nodes$/],
  ["has another opinion of the kubeconfig", 401, status("Unauthorized", "no"), /HTTP 401/],
  ["lets the kubeconfig do less", 403, status("Forbidden", "no"), /HTTP 403/],
])("an API server that %s lives", async (_what, code, body, says) => {
  expect(await lifeOf(code, body)).toMatch(says);
});

test("one that has no etcd is none, nor is a stranger's, nor silence", async () => {
  expect(
    await lifeOf(500, status("InternalError", "etcdserver: request timed out")),
  ).toBeUndefined();
  expect(await lifeOf(200, EMPTY, { isStranger: true })).toBeUndefined();
  expect(await apiLife("no kubeconfig")).toBeUndefined();
});
