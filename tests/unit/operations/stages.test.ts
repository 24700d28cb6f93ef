import { stackProjects } from "../../../operations/engine/stacks";
import { selectStages } from "../../../operations/stages";

test("every stack has its stage, in the order of up", () => {
  const stages = selectStages();
  expect(stages.map(({ project }) => project.name)).toEqual(["infra", "cluster", "apps", "site"]);
  expect(stages.map(({ up, down }) => up.length > 0 && down.length > 0)).toEqual(
    stackProjects.map(() => true),
  );
});
