import type * as pulumi from "@pulumi/pulumi";

/**
 * Resources that a program makes after the one that depends on them, such as routes after the ingress whose pods are to know all of them at
 * their start.
 */
export class LaterResources {
  /** All of them, when no more come: a dependency of whoever waits for them. */
  readonly all: Promise<pulumi.Resource[]>;
  private readonly added: pulumi.Resource[] = [];
  private settle: (resources: pulumi.Resource[]) => void = () => undefined;

  constructor() {
    this.all = new Promise((resolve) => (this.settle = resolve));
  }

  add(...resources: pulumi.Resource[]): void {
    this.added.push(...resources);
  }

  /** Says that no more come. Without it whoever waits for all of them waits for ever. */
  complete(): void {
    this.settle(this.added);
  }
}
