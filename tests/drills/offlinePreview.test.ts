import { offlinePreview } from "../integration/support/offlinePreview";

jest.setTimeout(300_000);

/** No lab is needed. */
describe("an offline preview of dev", () => offlinePreview("dev"));
