import type { Deploy } from "../application";
import { Noticeboard } from "./noticeboard";
import type { NoticeboardSettings } from "./settings";

/** The page, its notices and their backups. */
export const deploy: Deploy<NoticeboardSettings> = (own, { environment, ingress, opts }) => {
  const board = new Noticeboard(
    "noticeboard",
    { environment, settings: own, ingress: ingress() },
    opts,
  );
  const { url, workload, user, password } = board;
  return {
    resources: [board],
    urls: [{ name: "noticeboard", url, version: own.version, answers: [401], workload }],
    backups: [board.backup],
    credentials: [{ name: "Noticeboard", user, secret: password }],
  };
};
