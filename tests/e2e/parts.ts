/** Why no part can run. */
let hopeless: unknown;

/** Runs what makes the site. When it fails, each later part fails at once, instead of waiting for a site that will not come. */
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

/** A process of steps, each of which needs the one before. */
export interface Life {
  name: string;
  /** Title of the test, and what it does. */
  steps: readonly (readonly [string, () => Promise<void>])[];
}

/** Tests of several processes that mostly wait: they run side by side, and each step is still a test of its own. */
export function sideBySide(lives: readonly Life[]): void {
  const begun = new Map<Life, Promise<void>[]>();
  beforeAll(() => {
    for (const life of lives) {
      let before = Promise.resolve();
      const results = life.steps.map(([, step]) => (before = before.then(step)));
      results.forEach((result) => void result.catch(() => undefined));
      begun.set(life, results);
    }
  });
  describe.each(lives)("$name", (life) => {
    const titles = life.steps.map(([title], index) => [title, index] as const);
    test.each(titles)("%s", (_, index) => begun.get(life)?.[index]);
  });
}
