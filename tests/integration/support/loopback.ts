import net from "node:net";

/**
 * Preloaded into node by checkout.ts: whoever connects to an address of the site reaches 127.x instead, on a port that is
 * higher by 20000. Every other call is passed on as it is.
 */
const connect = net.connect as (...args: unknown[]) => net.Socket;

Object.assign(net, {
  connect: (...args: unknown[]) => {
    const [options] = args as [Partial<net.TcpNetConnectOpts>];
    const { host, port } = options;
    return typeof host === "string" && host.startsWith("172.30.")
      ? connect({ ...options, host: host.replace(/^172/, "127"), port: Number(port) + 20_000 })
      : connect(...args);
  },
});
