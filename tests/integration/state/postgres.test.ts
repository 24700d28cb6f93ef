import { postgresStore } from "../support/stateStores";
import { statesIn } from "../support/statesIn";

jest.setTimeout(300_000);

describe("in PostgreSQL", () => {
  statesIn(postgresStore(18_982));
});
