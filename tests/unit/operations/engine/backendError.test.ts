import {
  backendError,
  withoutCredentials,
} from "../../../../operations/engine/backend/backendError";
import { refuseWhileLockedInBackend } from "../../../../operations/recovery/stateLocks";

const S3 = { backendUrl: "s3://states?endpoint=http://nas:9000" };
const POSTGRES = { backendUrl: "postgres://me@host/states" };

describe("a backend that refuses", () => {
  test.each([
    [S3, "InvalidRequest: Value for x-amz-checksum-sha256 header is invalid.", /when_supported/],
    [S3, "could not create stack: unexpected end of JSON input", /take another store/],
    [S3, "api error NoSuchBucket: The specified bucket does not exist", /have the bucket/],
    [S3, "api error SignatureDoesNotMatch", /AWS_SECRET_ACCESS_KEY/],
    [S3, "dial tcp 10.0.0.1:9000: connect: connection refused", /host and port/],
    // A port with the digits of a refusal.
    [S3, "read tcp 127.0.0.1:53456->127.0.0.1:34015: i/o timeout", /host and port/],
    [POSTGRES, 'pq: password authentication failed for user "me"', /PGPASSWORD/],
    [POSTGRES, 'pq: database "states" does not exist', /have the bucket or database made/],
    [POSTGRES, "no answer within 30 s", /host and port/],
    [POSTGRES, "something else", /check PULUMI_BACKEND_URL/],
  ])("%j: %s", (backend, answer, next) => {
    const { fault } = backendError(backend, answer);
    expect(fault).toMatchObject({ where: backend.backendUrl, why: answer });
    expect(fault.next).toMatch(next);
  });

  test("is quoted without credentials", () => {
    const variables = { PGPASSWORD: "p@ss word", AWS_SECRET_ACCESS_KEY: "", PGUSER: "me" };
    const text = "open postgres://me:p%40ss%20word@host: me, p@ss word";
    expect(withoutCredentials(text, variables)).toBe("open postgres://me:****@host: me, ****");
  });
});

describe("the lock of a stack in a backend that is not one of files", () => {
  const project = { name: "infra", directory: "/checkout/infra" };
  const engine = (answer: { ok: boolean; stderr?: string }, backendUrl = S3.backendUrl) => ({
    ...{ environment: "prd", backendUrl },
    capture: jest.fn(() => Promise.resolve({ stdout: "", stderr: "", ...answer })),
  });
  const held =
    "error: could not create stack: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with `pulumi cancel`.\n" +
    "  s3://states/.pulumi/locks/organization/sitewright-infra/prd/1.json: created by jane@elsewhere (pid 4711) at 2026-11-30T17:00:00Z";

  test("is told with its holder, and with what removes it", async () => {
    await expect(
      refuseWhileLockedInBackend(engine({ ok: false, stderr: held }), project),
    ).rejects.toThrow(
      /^Stack infra is being changed by another pulumi\.\n {2}where: process 4711 of jane on elsewhere, since 2026-11-30T17:00:00Z, in s3:[\s\S]*wait until it ends[\s\S]*when that process is surely gone: cd \/checkout\/infra && pulumi cancel --stack prd/,
    );
  });

  test.each([
    ["made", { ok: true }, true],
    ["there", { ok: false, stderr: "error: stack 'organization/x/prd' already exists" }, true],
    ["not opened with this passphrase", { ok: false, stderr: "incorrect passphrase" }, false],
  ])("is free where the stack is %s", async (_, answer, isThere) => {
    expect(await refuseWhileLockedInBackend(engine(answer), project)).toBe(isThere);
  });

  test("is not asked for where files tell it", async () => {
    const files = engine({ ok: false, stderr: held }, "file:///state");
    expect(await refuseWhileLockedInBackend(files, project)).toBe(false);
    expect(files.capture).not.toHaveBeenCalled();
  });
});
