import { testFaults } from "./faultCases";
import { faultsOf, rawSite } from "./site";

testFaults([
  {
    name: "an application that no folder of apps has",
    spoil: (raw) => (raw["apps"].confluense = raw["apps"].confluence),
    path: "apps.confluense",
    reason: "is not a known key; did you mean confluence?",
    allowed: /^consul, ingress, whoami, outpost, confluence, dashboard/,
  },
  {
    name: "a host name without an ingress",
    spoil: (raw) => {
      const { whoami } = raw["apps"];
      raw["apps"] = { whoami };
    },
    path: "apps.whoami.host",
    value: "whoami.inf.dev.k8s.coolcorp.test",
    reason: "is a host name, and this environment has no ingress that leads to it",
    allowed: "an ingress in apps.ingress, or no such key",
  },
  {
    name: "an ingress that leads to nothing",
    spoil: (raw) => {
      const { ingress, consul } = raw["apps"];
      raw["apps"] = { ingress, consul };
    },
    path: "apps.ingress",
    reason: "leads to no application: none with a host name is there",
    allowed: "an application such as apps.whoami, or no such key",
  },
  {
    name: "routes in the namespace of applications",
    spoil: (raw) => (raw["apps"].ingress.routesNamespace = "dev-lan-coolcorp"),
    path: "apps.ingress.routesNamespace",
    value: "dev-lan-coolcorp",
    reason:
      "is the namespace of apps.whoami, apps.confluence, apps.dashboard, apps.noticeboard, whose Secrets ingress would read",
    allowed: "dev-lan-routes",
  },
  {
    name: "routes in the ingress' own namespace",
    spoil: (raw) => (raw["apps"].ingress.routesNamespace = "devsyslan"),
    path: "apps.ingress.routesNamespace",
    reason: /^is the namespace of apps.consul, apps.ingress, whose Secrets/,
    allowed: "dev-lan-routes",
  },
  {
    name: "routes in a namespace of another zone",
    spoil: (raw) => {
      delete raw["apps"].outpost;
      raw["apps"].ingress.routesNamespace = "dev-dmz-coolcorp";
    },
    path: "apps.ingress.routesNamespace",
    reason: "is no namespace of the load balancer's zone lan",
    allowed: "dev-lan-routes",
  },
  {
    name: "routes in a namespace that is not there",
    spoil: (raw) => raw["namespaces"].pop(),
    path: "apps.ingress.routesNamespace",
    reason: "is no namespace of the load balancer's zone lan",
    allowed: "first a namespace of that zone without applications in namespaces",
  },
  {
    name: "the same node port twice",
    spoil: (raw) => (raw["apps"].ingress.httpsNodePort = 30080),
    path: "apps.ingress.httpsNodePort",
    reason: "is the same as apps.ingress.httpNodePort",
    allowed: /another node port/,
  },
  {
    name: "more ingress pods than workers before the load balancer",
    spoil: (raw) => {
      raw["apps"].ingress.replicas = 4;
      // Not the point here.
      raw["namespaces"][0].quota.limits.cpu = "10";
    },
    path: "apps.ingress.replicas",
    reason: "is more than the 3 workers in the load balancer's zone lan",
    allowed: /at most one replica.*another worker there.*another one listed in its place/,
  },
  {
    name: "an application in a namespace of another zone",
    spoil: (raw) => (raw["apps"].whoami.namespace = "dev-dmz-coolcorp"),
    path: "apps.whoami.namespace",
    reason: "is no namespace of the load balancer's zone lan",
    allowed: "devsyslan, dev-lan-coolcorp, dev-lan-routes",
  },
  {
    name: "the ingress' node port for the outpost",
    spoil: (raw) => (raw["apps"].outpost.nodePort = 30443),
    path: "apps.outpost.nodePort",
    value: 30443,
    reason: "is the same as apps.ingress.httpsNodePort",
    allowed: /another node port/,
  },
  {
    name: "more of whoami's pods than workers",
    spoil: (raw) => (raw["apps"].whoami.replicas = 4),
    path: "apps.whoami.replicas",
    value: 4,
    reason: "is more than the 3 workers in the load balancer's zone lan",
    allowed: /at most one replica/,
  },
  {
    name: "a Consul that cannot have a node for each server",
    spoil: (raw) => raw["nodes"].splice(3, 1),
    path: "apps.consul.replicas",
    value: 3,
    reason: "is more than the 2 workers in the load balancer's zone lan",
    allowed: /at most one replica/,
  },
  {
    name: "more outposts than workers out there",
    spoil: (raw) => (raw["apps"].outpost.replicas = 2),
    path: "apps.outpost.replicas",
    value: 2,
    reason: "is more than the 1 workers in its zone dmz",
    allowed: /at most one replica/,
  },
  ...["ingress", "consul", "confluence", "dashboard"].map((app) => ({
    name: `${app} in a namespace there is none of`,
    spoil: (raw: ReturnType<typeof rawSite>) => (raw["apps"][app].namespace = "nowhere"),
    path: `apps.${app}.namespace`,
    value: "nowhere",
    reason: "is no namespace of the load balancer's zone lan",
    allowed: "devsyslan, dev-lan-coolcorp, dev-lan-routes",
  })),
  {
    name: "an outpost at home",
    spoil: (raw) => (raw["apps"].outpost.namespace = "dev-lan-coolcorp"),
    path: "apps.outpost.namespace",
    value: "dev-lan-coolcorp",
    reason: "lies in the load balancer's own zone lan: outpost is for another one",
    allowed: "dev-dmz-coolcorp",
  },
  {
    name: "an outpost in a namespace there is none of",
    spoil: (raw) => (raw["apps"].outpost.namespace = "nowhere"),
    path: "apps.outpost.namespace",
    value: "nowhere",
    reason: "is no namespace of this environment",
    allowed: "dev-dmz-coolcorp",
  },
  {
    name: "an outpost in a zone without workers",
    spoil: (raw) => raw["nodes"].splice(4, 1),
    path: "apps.outpost.namespace",
    value: "dev-dmz-coolcorp",
    reason: "lies in zone dmz, which has no worker",
    allowed:
      "a worker of zone dmz, whose last one stays as long as outpost is there; or no outpost: no other zone has a namespace and a worker",
  },
  {
    name: "a dashboard of a namespace there is none of",
    spoil: (raw) => (raw["apps"].dashboard.namespaces = ["devsyslan", "nowhere"]),
    path: "apps.dashboard.namespaces[1]",
    value: "nowhere",
    reason: "is no namespace of this environment",
    allowed: "devsyslan, dev-lan-coolcorp, dev-dmz-coolcorp, dev-lan-routes",
  },
  {
    name: "a host name of two applications",
    spoil: (raw) => (raw["apps"].dashboard.host = raw["apps"].whoami.host),
    path: "apps.dashboard.host",
    value: "whoami.inf.dev.k8s.coolcorp.test",
    reason: "is the same as apps.whoami.host",
    allowed: "a host name no other application has",
  },
  {
    name: "a public host that is another application's",
    spoil: (raw) => (raw["apps"].confluence.publicHost.name = raw["apps"].confluence.host),
    path: "apps.confluence.publicHost.name",
    value: "confluence.inf.dev.k8s.coolcorp.test",
    reason: "is the same as apps.confluence.host",
    allowed: "a host name no other application has",
  },
  {
    name: "a host outside the ingress' domain",
    spoil: (raw) => (raw["apps"].consul.uiHost = "consul.coolcorp.test"),
    path: "apps.consul.uiHost",
    value: "consul.coolcorp.test",
    reason: "is not covered by the ingress' certificate for *.inf.dev.k8s.coolcorp.test",
    allowed: "one label and .inf.dev.k8s.coolcorp.test",
  },
  {
    name: "a host two labels below the ingress' domain",
    spoil: (raw) =>
      (raw["apps"].confluence.database.adminerHost = "db.confluence.inf.dev.k8s.coolcorp.test"),
    path: "apps.confluence.database.adminerHost",
    value: "db.confluence.inf.dev.k8s.coolcorp.test",
    reason: /^is not covered/,
    allowed: "one label and .inf.dev.k8s.coolcorp.test",
  },
  {
    name: "a public host that the wildcard covers",
    spoil: (raw) => (raw["apps"].confluence.publicHost.name = "wiki.inf.dev.k8s.coolcorp.test"),
    path: "apps.confluence.publicHost.name",
    value: "wiki.inf.dev.k8s.coolcorp.test",
    reason: /^is covered by the ingress' certificate .* hide/,
    allowed: "a name that does not lie directly below inf.dev.k8s.coolcorp.test",
  },
  {
    name: "a heap that is larger than its limit allows",
    spoil: (raw) => (raw["apps"].confluence.jvm = { maximumMiB: 2001 }),
    path: "apps.confluence.jvm.maximumMiB",
    value: 2001,
    reason:
      "is more than 80 % of apps.confluence.limits.memory, 2500Mi x 0.8 = 2000Mi: Java needs room beside its heap",
    allowed: "at most 2000",
  },
  {
    name: "a heap that begins larger than it may become",
    spoil: (raw) => (raw["apps"].confluence.jvm = { minimumMiB: 1025 }),
    path: "apps.confluence.jvm.minimumMiB",
    value: 1025,
    reason: "is more than apps.confluence.jvm.maximumMiB",
    allowed: "at most 1024",
  },
  {
    name: "requests above the limits",
    spoil: (raw) => (raw["apps"].confluence.limits = { cpu: "40m" }),
    path: "apps.confluence.requests.cpu",
    value: "50m",
    reason: "is more than apps.confluence.limits.cpu",
    allowed: "at most 40m",
  },
  ...[
    ["a minute there is not", "60 2 * * *"],
    ["seconds", "0 0 2 * * *"],
    ["names of days", "0 2 * * SUN"],
    ["a day of no month", "0 2 31 2 *"],
  ].map(([what, schedule]) => ({
    name: `a schedule with ${what}`,
    spoil: (raw: ReturnType<typeof rawSite>) => (raw["apps"].consul.backup.schedule = schedule),
    path: "apps.consul.backup.schedule",
    value: schedule,
    reason: "has the wrong form",
    allowed: /^five fields of cron/,
  })),
]);

test("without an outpost, and with the dashboard's default, there is nothing to say", () => {
  const raw = rawSite("dev");
  delete raw["apps"].outpost;
  expect(faultsOf(raw)).toEqual([]);
});

test("a public host that the wildcard does not cover is allowed wherever it is", () => {
  const raw = rawSite("dev");
  for (const name of ["inf.dev.k8s.coolcorp.test", "a.b.inf.dev.k8s.coolcorp.test", "wiki.test"]) {
    raw["apps"].confluence.publicHost.name = name;
    expect(faultsOf(raw)).toEqual([]);
  }
});

test.each([
  ["nothing at all", {}],
  ["no Confluence", { confluence: undefined }],
  ["no Consul", { consul: undefined }],
  ["neither Consul nor its clients' pages", { consul: undefined, dashboard: undefined }],
  ["no outpost", { outpost: undefined }],
])("%s is a valid site", (what, change) => {
  const raw = rawSite("dev");
  const apps = what === "nothing at all" ? {} : { ...raw["apps"], ...change };
  raw["apps"] = JSON.parse(JSON.stringify(apps));
  expect(faultsOf(raw)).toEqual([]);
});

test("a site without applications needs no section for them", () => {
  const raw = rawSite("dev");
  delete raw["apps"];
  expect(faultsOf(raw)).toEqual([]);
});

test("faults of several applications are told at once", () => {
  const raw = rawSite("dev");
  const { apps } = raw;
  apps.dashboard.host = apps.whoami.host;
  apps.consul.namespace = "nowhere";
  apps.nexus = {};
  expect(faultsOf(raw).map(({ path }) => path)).toEqual([
    "apps.nexus",
    "apps.consul.namespace",
    "apps.dashboard.host",
  ]);
});
