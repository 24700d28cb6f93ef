import { z } from "zod";

/** Images by digest: the lockfile Pulumi.<stack>.images.lock has them, and `make images` writes it. */
export const images = z.strictObject({
  /**
   * `required`: the policy image-digest refuses an image without a digest. `pending`: it does not as long as there is no lockfile, and
   * previews name the images; from the first `make images` on it is as `required`. Default: `required` with `protection: production`;
   * elsewhere no image is refused.
   */
  digests: z.enum(["required", "pending"]).optional(),
});
