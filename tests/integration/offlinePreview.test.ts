import { offlinePreview } from "./support/offlinePreview";

jest.setTimeout(300_000);

/** Of the larger environment. The lab's is a drill, since e2e brings it up. */
describe("an offline preview of prd", () => offlinePreview("prd"));
