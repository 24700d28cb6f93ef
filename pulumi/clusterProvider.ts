import { Provider } from "@pulumi/kubernetes/provider";
import type * as pulumi from "@pulumi/pulumi";

/** The cluster in which objects are created. */
export interface ProviderArgs {
  /** The clusterName, which identifies the cluster. */
  clusterName: string;
  /** Kubeconfig of an administrator. Secret. */
  kubeconfig: pulumi.Input<string>;
}

/**
 * The one connection to the cluster's API that a program has. The identifier says that it is the same cluster even while
 * the kubeconfig is not known yet: otherwise a preview would plan to replace every object in it.
 * @see https://github.com/pulumi/pulumi-kubernetes/issues/4019
 */
export function clusterProvider(
  name: string,
  { clusterName, kubeconfig }: ProviderArgs,
  opts?: pulumi.ResourceOptions,
): Provider {
  return new Provider(
    name,
    {
      kubeconfig,
      clusterIdentifier: clusterName,
      // Changed in place, and a hash restarts their pods. Otherwise they and everything that uses them would be replaced.
      enableConfigMapMutable: true,
      enableSecretMutable: true,
    },
    opts,
  );
}
