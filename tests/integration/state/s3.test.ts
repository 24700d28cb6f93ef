import { s3Store } from "../support/stateStores";
import { statesIn } from "../support/statesIn";

jest.setTimeout(300_000);

describe("in an S3 store", () => {
  const store = s3Store(18_981);
  const { upIn } = statesIn(store);

  test("that refuses what the engine sends by default, make up says how it is entered", async () => {
    const { exitCode, output } = await upIn(store.url({ options: "" }));
    expect([exitCode, output]).toEqual([
      1,
      expect.stringContaining("append &request_checksum_calculation=when_supported"),
    ]);
  });
});
