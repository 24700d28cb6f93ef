/**
 * Configuration of the lab's image registry (distribution). It serves a folder that the image builder filled, and takes nothing.
 * @param folder where the images' content is
 * @param address host:port to listen on; the host may be empty
 */
export function registryConfig(folder: string, address: string): object {
  return {
    version: "0.1",
    log: { level: "warn", accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: folder },
      maintenance: { uploadpurging: { enabled: false }, readonly: { enabled: true } },
    },
    http: { addr: address },
  };
}
