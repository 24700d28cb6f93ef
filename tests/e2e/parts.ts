/** Why no part can show anything. */
let hopeless: unknown;

/** Runs what makes the site. When that fails, so does each part after it, at once, instead of waiting for what will not come. */
export async function madeOrHopeless(work: () => Promise<void> | void): Promise<void> {
  try {
    await work();
  } catch (error) {
    hopeless = error;
    throw error;
  }
}

/** A group of tests that needs the site. */
export function part(name: string, tests: () => void): void {
  describe(name, () => {
    beforeAll(() => {
      if (hopeless !== undefined) {
        throw new Error("There is no site to test: see the failure of make up above.");
      }
    });
    tests();
  });
}
