import type { Infra } from "../../environment/contracts";
import type { EditedCheckout } from "../e2e/support/editedCheckout";
import { expectSuccess, type Finished, outputs } from "../e2e/support/harness";

/** How often infra and cluster may be brought up for one edit. */
const PASSES = 4;

/** Brings infra and cluster up once, whatever comes of cluster. */
export async function tryUp(edited: EditedCheckout): Promise<Finished> {
  expectSuccess(await edited.make("up", { stack: "infra" }));
  return edited.make("up", { stack: "cluster" });
}

/**
 * Brings infra and cluster up as `make up` does, without the applications: once more as long as infra holds a machine that the cluster
 * has let go.
 */
export async function bringUp(edited: EditedCheckout): Promise<Finished[]> {
  const done: Finished[] = [];
  for (let pass = 1; pass <= PASSES; pass += 1) {
    for (const stack of ["infra", "cluster"]) {
      const finished = await edited.make("up", { stack });
      expectSuccess(finished);
      done.push(finished);
    }
    const { held } = await outputs<Infra>("infra", "infra");
    if (held.length === 0) {
      return done;
    }
  }
  throw new Error(`infra still holds machines after ${PASSES} passes.`);
}
