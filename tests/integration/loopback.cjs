// Preloaded into node: whoever connects to an address of the site reaches 127.x on a port above 20000 instead.
const net = require("node:net");

const connect = net.connect;
net.connect = (options, ...rest) => {
  const { host, port } = options;
  return typeof host === "string" && /^172\.30\./.test(host)
    ? connect({ ...options, host: host.replace(/^172/, "127"), port: port + 20000 }, ...rest)
    : connect(options, ...rest);
};
