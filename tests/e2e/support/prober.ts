import { setTimeout as delay } from "node:timers/promises";

import { waitFor } from "../../../lib/poll";
import { type Read, series, type Series } from "../apps/reads";
import { type Asked, get, type Way } from "./request";

/** Asks once. It never rejects: what goes wrong is its answer. */
export type Question = () => Promise<{ ok: boolean; answer: string }>;

/** Milliseconds for which one answer is waited for; longer than any gap that a test admits would hide one. */
const LIMIT = 2_000;

/**
 * A request over a connection of its own. Good is an answer of that status, with that text if one is given.
 *
 * @param expected - Status, and what the body is or contains.
 */
export function request(
  asked: Omit<Asked, "limit">,
  way: Way,
  expected: { status: number; body?: string } = { status: 200 },
): Question {
  return async () => {
    try {
      const { status, body } = await get({ ...asked, limit: LIMIT }, way);
      const ok = status === expected.status && body.includes(expected.body ?? "");
      return { ok, answer: `${status} ${body.slice(0, 200)}` };
    } catch (error) {
      return { ok: false, answer: (error as Error).message };
    }
  };
}

/** How questions are asked, in milliseconds. */
interface Pace {
  /** From one question to the next. Each is asked at its time, whether the one before has been answered or not. @default 100 */
  interval?: number;
  /** For which a good answer is waited for at the end. @default 60000 */
  patience?: number;
}

/**
 * Asks each question ten times a second while something happens, until that is over and each has had a good answer again.
 *
 * @returns What each series of answers shows, by the name of the question.
 * @throws What the event throws.
 */
export async function whileAsking<Name extends string>(
  questions: Readonly<Record<Name, Question>>,
  event: () => Promise<unknown>,
  { interval = 100, patience = 60_000 }: Pace = {},
): Promise<Record<Name, Series>> {
  const askers = Object.entries<Question>(questions).map(([name, ask]) => ({
    name,
    asker: new Asker(ask, interval),
  }));
  try {
    await event();
    const over = Date.now();
    await waitFor(() => askers.every(({ asker }) => asker.isGoodSince(over)), {
      deadline: patience,
      interval,
    });
  } finally {
    await Promise.all(askers.map(({ asker }) => asker.stop()));
  }
  return Object.fromEntries(askers.map(({ name, asker }) => [name, asker.series()])) as Record<
    Name,
    Series
  >;
}

/** One line for a person. */
export function told({ reads, failed, longestGap }: Series): string {
  const last = failed.at(-1)?.answer;
  return `${failed.length} of ${reads} failed, longest time without an answer ${longestGap} ms${last === undefined ? "" : `, last: ${last}`}`;
}

class Asker {
  private readonly reads: Read[] = [];
  private readonly open = new Set<Promise<void>>();
  private readonly over = new AbortController();
  private readonly ended: Promise<void>;

  constructor(
    private readonly ask: Question,
    private readonly interval: number,
  ) {
    this.ended = this.go();
  }

  /** Whether a question that was asked after this time has had a good answer. */
  isGoodSince(time: number): boolean {
    return this.reads.some(({ ok, start }) => ok && start >= time);
  }

  /** Asks no more, and waits for the answers to what was asked. */
  async stop(): Promise<void> {
    this.over.abort();
    await this.ended;
    await Promise.all(this.open);
  }

  /** In the order of the answers, of which a later one may come first. */
  series(): Series {
    return series([...this.reads].sort((one, other) => one.end - other.end));
  }

  private async go(): Promise<void> {
    const { signal } = this.over;
    while (!signal.aborted) {
      const one = this.once();
      this.open.add(one);
      void one.then(() => this.open.delete(one));
      await delay(this.interval, undefined, { signal }).catch(() => undefined);
    }
  }

  private async once(): Promise<void> {
    const start = Date.now();
    const { ok, answer } = await this.ask();
    this.reads.push({ start, end: Date.now(), ok, first: ok, answer });
  }
}
