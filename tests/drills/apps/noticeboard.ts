import { checkout } from "../../../lib/paths";
import { save, spoiltBackups } from "../../e2e/apps/backups";
import { eventually } from "../../e2e/cluster/pods";
import { Board } from "../../e2e/support/board";
import { environment, expectSuccess, kubectl, make } from "../../e2e/support/harness";
import { readEnvironmentFile } from "../../environment";

/** A new pod may take so long to answer, asked twice a second. */
const BACK = { seconds: 120, interval: 500 };

/** Its one file outlives its pod, and comes back from a backup. */
export function noticeboard(): void {
  const { namespace } = readEnvironmentFile(environment, { directory: checkout }).apps.noticeboard;
  let board: Board;
  let before: string[];
  let backup: string;

  beforeAll(async () => {
    board = await Board.find();
    expect((await board.post("before the backup")).status).toBe(303);
    before = await board.notices();
  });

  test("notices outlive their pod", async () => {
    await kubectl(["delete", "pod", "--namespace", namespace, "noticeboard-0"]);
    await eventually([before.join()], async () => (await board.notices()).join(), BACK);
  });

  test("a restore brings back the notices of the backup", async () => {
    backup = await save("noticeboard");
    expect((await board.post("after the backup")).status).toBe(303);
    expect(await board.notices()).toEqual(["after the backup", ...before]);
    expectSuccess(await make("restore", { variables: { APP: "noticeboard", FROM: backup } }));
    expect(await board.notices()).toEqual(before);
  });

  spoiltBackups("noticeboard", namespace, {
    whole: () => backup,
    untouched: async () => expect(await board.notices()).toEqual(before),
  });
}
