import type * as pulumi from "@pulumi/pulumi";

/**
 * The objects of all routes, for what comes after them: Traefik's pods, which are made before the applications in the programs, and in
 * the cluster when every route is there. A pod that is ready then knows all of them.
 */
export class RouteObjects {
  /** All of them, when no more come. */
  readonly all: Promise<pulumi.Resource[]>;
  private readonly added: pulumi.Resource[] = [];
  private settle: (routes: pulumi.Resource[]) => void = () => undefined;

  constructor() {
    this.all = new Promise((resolve) => (this.settle = resolve));
  }

  add(...objects: pulumi.Resource[]): void {
    this.added.push(...objects);
  }

  /** Says that no more come. Without it whoever waits for all of them waits for ever. */
  complete(): void {
    this.settle(this.added);
  }
}
