import { FIELD_MANAGER } from "../../kubernetes/fieldManager";
import { watchAcceptedWrites } from "../e2e/acceptedWrites";
import { changesIn, type Cut, expectSuccess, fieldOwners, make } from "../e2e/harness";

/**
 * `make up` is killed, with all its processes, again and again: each time right after the next thing that vCenter or the API
 * server has accepted and the state does not have yet, or where there is neither, when the next command on a machine begins.
 */
jest.setTimeout(4 * 3_600_000);

/** Kills after which something is wrong: there are about 250 resources. */
const MOST_KILLS = 400;

/** A command on a machine, as the engine shows its beginning. */
const COMMAND = /\+ +(command:remote:Command \S+) creating/g;

/** Before what the other side has accepted, to tell it from what make prints. */
const ACCEPTED = "accepted by vCenter or the API server: ";

/** Kills at the first thing that is in none of the former runs, and remembers it. */
function nextUnseen(seen: Set<string>): Cut {
  const isUnseen = (what: string): boolean => !seen.has(what) && Boolean(seen.add(what));
  return {
    signal: "SIGKILL",
    when: {
      test: (text) =>
        text.startsWith(ACCEPTED)
          ? isUnseen(text.slice(ACCEPTED.length))
          : [...text.matchAll(COMMAND)].some(([, command]) => isUnseen(command)),
    },
    watch: (tell) => watchAcceptedWrites((what) => tell(`${ACCEPTED}${what}`)),
  };
}

async function converged(): Promise<void> {
  expectSuccess(await make("up"));
  const again = await make("up");
  expectSuccess(again);
  expect(changesIn(again)).toEqual([]);
  const owners = await fieldOwners();
  expect(owners).toContain(FIELD_MANAGER);
  expect(owners.join(" ")).not.toMatch(/pulumi-kubernetes-/);
}

const seen = new Set<string>();

test("killed at each accepted write, it comes to its end", async () => {
  expectSuccess(await make("down"));
  for (let kills = 0; ; kills++) {
    expect(kills).toBeLessThan(MOST_KILLS);
    const before = seen.size;
    const finished = await make("up", { cut: nextUnseen(seen) });
    if (finished.exitCode === 0) {
      process.stdout.write(`make up came to its end after ${kills} kills\n`);
      break;
    }
    // It must have ended by our signal, not by a fault that an earlier kill has left.
    if (seen.size === before) {
      expectSuccess(finished);
    }
    process.stdout.write(`killed: ${[...seen].slice(before).join(", ")}\n`);
  }
  await converged();
});

test("from nothing, killed once at the first of each type of resource", async () => {
  const types = new Set([...seen].map((what) => what.split(" ")[0]));
  for (const type of types) {
    expectSuccess(await make("down"));
    const when = new RegExp(`^${type} |\\+ +${type} \\S+ creating`);
    const { exitCode } = await make("up", {
      cut: { signal: "SIGKILL", when, watch: watchAcceptedWrites },
    });
    expect([type, exitCode]).not.toEqual([type, 0]);
    await converged();
  }
});

afterAll(async () => {
  expectSuccess(await make("down"));
});
