import * as pulumi from "@pulumi/pulumi";

/**
 * Options of resources whose names began with the cluster's name in older programs, for a component with all its children, or for one
 * resource. The alias lets the engine find them in the state of a running site, so that nothing is made or deleted for another name. The
 * resource `cluster` itself had the cluster's name alone.
 *
 * @param clusterName - The environment's. A running site has no other one: a change of it is refused.
 */
export function formerlyNamed(
  clusterName: string,
): Pick<pulumi.ResourceOptions, "transformations"> {
  return {
    transformations: [
      ({ name, props, opts }) => {
        const former = name === "cluster" ? clusterName : `${clusterName}-${name}`;
        return { props, opts: pulumi.mergeOptions(opts, { aliases: [{ name: former }] }) };
      },
    ],
  };
}
