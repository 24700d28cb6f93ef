import { fieldManager } from "../../../policies/rules/fieldManager";
import { made } from "./made";
import { testPolicy } from "./testPolicy";

const type = "kubernetes:core/v1:Service";
const metadata = (annotations: Record<string, string>) => ({
  metadata: { name: "data", namespace: "home", annotations },
});

testPolicy(fieldManager, {
  fires: [
    ["an object without an owner", [made(type, metadata({}))], /made up for each create/],
    [
      "another owner",
      [made(type, metadata({ "pulumi.com/patchFieldManager": "me" }))],
      /owned by "me"/,
    ],
  ],
  silent: [
    ["our own", [made(type, metadata({ "pulumi.com/patchFieldManager": "sitewright" }))]],
    ["what is no object", [made("random:index/randomId:RandomId", {})]],
  ],
});
