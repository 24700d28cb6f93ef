import { Board } from "../support/board";
import { basicAuth } from "../support/request";

export function noticeboard(): void {
  let board: Board;

  beforeAll(async () => {
    board = await Board.find();
  });

  test("it wants the password that make credentials prints", async () => {
    for (const headers of [{}, basicAuth("operator", "wrong")]) {
      const { status, body } = await board.ask("/notices.json", headers);
      expect(status).toBe(401);
      expect(body).toContain("make credentials");
    }
  });

  test("a notice is shown as text, and none is taken from another site's page", async () => {
    const text = "<b>Maintenance</b> at 22:00";
    const before = await board.notices();
    expect((await board.post(text)).status).toBe(303);
    expect((await board.post("forged", { "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect(await board.notices()).toEqual([text, ...before]);
    const { body } = await board.ask("/");
    expect(body).toContain("&lt;b&gt;Maintenance&lt;/b&gt; at 22:00");
  });
}
