import { Site } from "./vcenter";

/** A site that every test of a file leaves as it was: what is refused has changed nothing in the vCenter. */
export function unchangedSite(port: number): Site {
  const site = new Site(port);
  let before: string;
  beforeAll(async () => {
    await site.start();
    before = await site.inventory();
  });
  afterAll(() => site.stop());
  afterEach(async () => {
    expect(await site.inventory()).toBe(before);
  });
  return site;
}
