import { renderParts } from "../../../lab/parts";

test("what is missing is marked", () => {
  const text = renderParts([
    { name: "docker", ok: true, text: "20.10" },
    { name: "vCenter", ok: false, text: "not running" },
  ]);
  expect(text).toBe("ok  docker   20.10\n--  vCenter  not running");
});
