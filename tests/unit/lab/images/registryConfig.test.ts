import { registryConfig } from "../../../../lab/images/registryConfig";

test("the lab's registry takes nothing", () => {
  expect(registryConfig("/images", ":5000")).toMatchObject({
    storage: {
      filesystem: { rootdirectory: "/images" },
      maintenance: { readonly: { enabled: true } },
    },
    http: { addr: ":5000" },
  });
});
