import { answersUntilOutOfService } from "../../../apps/pods";

test("a container answers until no request is sent to it, where its Kubernetes knows how", () => {
  expect(answersUntilOutOfService({ version: "1.30.0" })).toEqual({
    lifecycle: { preStop: { sleep: { seconds: 10 } } },
  });
  expect(answersUntilOutOfService({ version: "1.29.15" })).toEqual({});
});
