import { z } from "zod";

/** What `vcenter-access check` prints: facts, no judgement. */
export const reportSchema = z.object({
  unreachable: z.string(),
  certificate: z
    .object({ sha1: z.string(), sha256: z.string(), fault: z.string(), differs: z.boolean() })
    .nullable(),
  logins: z.record(
    z.string(),
    z.object({
      outcome: z.enum(["ok", "refused", "expired", "forbidden", "failed", "absent"]),
      message: z.string(),
    }),
  ),
  objects: z.record(z.string(), z.object({ found: z.boolean(), message: z.string() })),
  missing: z.array(
    z.object({ account: z.string(), entity: z.string(), privileges: z.array(z.string()) }),
  ),
  unknown: z.array(z.object({ account: z.string(), message: z.string() })),
  template: z
    .object({
      hardwareVersion: z.int(),
      disks: z.int(),
      networkCards: z.int(),
      snapshots: z.int(),
    })
    .nullable(),
  machines: z.array(z.object({ name: z.string(), uuid: z.string() })),
});
export type PreflightReport = z.output<typeof reportSchema>;
