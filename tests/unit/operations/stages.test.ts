import { stackProjects } from "../../../operations/engine/stacks";
import { selectStages } from "../../../operations/stages";

test("every stack has its stage, in the order of up", () => {
  const stages = selectStages();
  expect(stages.map(({ project }) => project.name)).toEqual(["infra", "cluster", "apps", "site"]);
  expect(
    stages.map(({ prepare, up, down }) => [prepare, up, down].every(({ length }) => length > 0)),
  ).toEqual(stackProjects.map(() => true));
});
