# The two commands to know: make up, make test. make help lists the rest.
#
#   ENV=dev|ha|prd         the environment, a file Pulumi.<ENV>.yaml      (default dev: the embedded lab; ha: another site in it)
#   STACK=infra|cluster|apps|site   one stack instead of all
#   SUITES="unit format"   for make test: some suites; all stands for every one, the drills too
#   NAME=<name>            for make new-site: the environment that it writes, Pulumi.<NAME>.yaml
#   APP=<name>             for make backup, backups, restore: an application with a backup, such as consul, or etcd
#   FROM=<name>            for make restore: one of make backups; for make recover: one of make backups APP=etcd, or its path on this
#                          machine, or a data directory of etcd (default the best that is left); for make restore-state and make
#                          adopt: one of make backup-state, or its path;
#                          for make new-site: a YAML file with the facts, instead of questions
#   USER=<name>            for make kubeconfig: the person whose kubeconfig is issued, with ROLE=<ClusterRole> (default view),
#                          NAMESPACE=<one, or several with commas> (default all) and DAYS=<n> (default 30); with REVOKE=1 all are revoked
#   FORMAT=markdown|csv|nftables   for make flows
#   TO=<file or URL>       for make rotate-key: a file with the new passphrase, or a key of a KMS
#   OFFLINE=1              for make preview and preview-report: on a simulated vCenter, as if nothing were up yet
#   GRAPHS=1               for make preview-report: only the committed graphs, without engine, site and secrets
#   BASE=main              for make preview-report: the branch or commit that the graphs are compared with
#   LOST=<names>           for make up: machines, commas between, that are gone for good and may be deleted although the cluster's API
#                          cannot be asked about them; for make down: cluster, where no API server of it will ever answer again;
#                          for make let-go: machines that do not answer, of which cluster is to undo nothing
#   GIVE_UP_VOLUMES=<names>  for make up: nodes, commas between, that may leave the cluster although data is on them alone: it goes with them
#   TOOLS=auto|official|build   whether pulumi, its plugins and kubectl are taken from this machine, and they and pieces of the lab from
#                          their makers' releases (default auto: where admitted and in reach, else built)
#   STATE_BACKUPS=<folder>  for make up: gets a copy of each backup of the states; best on another machine
#   RELEASES_MIRROR=<URL>  a mirror of the releases' hosts: files lie below it by host and path (toolchain/README.md)
#   YES=1                  do not ask (outside the lab pulumi asks before it changes anything)

ENV ?= dev
STACK ?=
NAME ?=
APP ?=
FROM ?=
FORMAT ?=
TO ?=
LOST ?=
GIVE_UP_VOLUMES ?=
GRAPHS ?=
SHELL := bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

OPERATE = node dist/operations/cli.js
# Only what make itself was given: every shell has a USER, some have a NAMESPACE, and an empty one must not widen what a person gets.
given = $(if $(filter command,$(origin $1)),--$2="$($1)")
PERSON = $(call given,USER,user) $(call given,ROLE,role) $(call given,NAMESPACE,namespace) $(call given,DAYS,days) $(call given,REVOKE,revoke)
SELECTION = --environment $(ENV) --stack "$(STACK)" --app="$(APP)" --from="$(FROM)" --format="$(FORMAT)" --to="$(TO)" --lost="$(LOST)" --give-up-volumes="$(GIVE_UP_VOLUMES)" --name="$(NAME)" $(PERSON)
SOURCES = $(shell find apps cluster environment flows infra kubernetes lab lib operations overview policies pulumi ssh supply-chain tests vcenter -name '*.ts')

.PHONY: new-site up down let-go status smoke hardening preview preview-report drift preflight access kubeconfig kubeconfigs dashboard credentials open rotate-key env flows versions images   # of a site
.PHONY: backup backups restore   # of an application's data
.PHONY: recover   # of a cluster whose etcd, or whose control plane, is lost
.PHONY: backup-state restore-state adopt   # of the stacks
# What a command runs and is not there yet is taken, downloaded or built before it (toolchain/README.md).
new-site up down let-go status smoke hardening preview preview-report drift preflight access kubeconfig kubeconfigs dashboard credentials open rotate-key env flows versions images \
backup backups restore recover backup-state restore-state adopt: dist/.emitted
	@node dist/operations/build.js $@ --environment $(ENV)
	@$(OPERATE) $@ $(SELECTION)

.PHONY: build toolchain operator-tools lab-pieces doctor   # of the programs
build: operator-tools dist/.emitted
toolchain:
	@toolchain/build.sh
doctor:
	@toolchain/doctor.sh
operator-tools:
	@toolchain/build.sh --only operator
lab-pieces:
	@toolchain/build.sh --only operator --only lab

# node_modules follows the lockfile; the SDK that the toolchain generates is one of its packages, and may come later. Not npm
# ci, which removes all packages first. What is said here goes to standard error: what make env and make flows print is for a shell
# or a file.
node_modules/.package-lock.json: package.json package-lock.json .npmrc
	@toolchain/doctor.sh --platform
	@echo "npm install: the packages of package-lock.json" >&2
	@npm install --no-save --no-progress --loglevel=error >&2
	@touch $@

# Only emits: types are checked by make types, so that a run does not wait for them. What has no source any more is deleted: Node
# prefers schema.js of an older checkout to schema/index.js of this one.
dist/.emitted: $(SOURCES) tsconfig.json node_modules/.package-lock.json
	@npx --no-install tsc --project tsconfig.json --noCheck >&2
	@find dist -name '*.js' | while read -r js; do ts=$${js#dist/}; [ -e "$${ts%.js}.ts" ] || rm -f "$$js" "$$js.map"; done
	@touch $@

.PHONY: test drills check check-code check-tests types lint imports architecture style format unit properties integration e2e membership go-test goldens bench bench-cluster   # of the code
# The suites are about what is built here, and ask no host for it; so are the lists of what is in it.
test sbom licences audit: export TOOLS = build
test: dist/.emitted
	@tests/prerequisites.sh
	@node dist/lab/cli.js host
	@node dist/tests/run.js $(SUITES)
drills:
	@$(MAKE) --no-print-directory test SUITES=drills
# All that needs neither a site nor the lab: the tests beside types, lint and format. What fails does not keep the others from
# being told. Lint and format look at what has changed since the last time; make test looks at everything.
check: build
	@SECONDS=0; $(MAKE) --no-print-directory --keep-going --jobs=2 --output-sync=target check-tests check-code && \
	  echo "make check: all is well, $$SECONDS s"
check-code: types lint imports style
# More room for short-lived objects: Node's collector of garbage takes a tenth of the time otherwise.
check-tests: build
	@NODE_OPTIONS=--max-semi-space-size=64 npx --no-install jest --selectProjects unit properties --maxWorkers=2
types: build
	@npx --no-install tsc --project tsconfig.json --noEmit --tsBuildInfoFile dist/.types
lint: build
	@npx --no-install eslint --max-warnings=0 --cache --cache-location dist/.eslint .
# Which room imports from which (.dependency-cruiser.mjs), and whether docs/architecture.md shows that.
IMPORTS = dist/.imports.json
CRUISE = npx --no-install depcruise . --cache dist/.depcruise --cache-strategy metadata --output-type json --output-to $(IMPORTS)
imports: dist/.emitted
	@$(CRUISE)
	@npx --no-install depcruise-fmt --exit-code $(IMPORTS) && node dist/tests/architecture.js $(IMPORTS)
architecture: dist/.emitted
	@$(CRUISE)
	@node dist/tests/architecture.js $(IMPORTS) --write
style: node_modules/.package-lock.json
	@npx --no-install prettier --check --log-level=warn --cache --cache-location dist/.prettier .
format: node_modules/.package-lock.json
	@npx --no-install prettier --write .
unit: build
	@npx --no-install jest --selectProjects unit
properties: build
	@npx --no-install jest --selectProjects properties
integration: lab-pieces dist/.emitted
	@toolchain/build.sh --only versitygw
	@npx --no-install jest --selectProjects integration --maxWorkers=2
e2e: lab-pieces dist/.emitted
	@npx --no-install jest --selectProjects e2e --runInBand
membership: lab-pieces dist/.emitted
	@npx --no-install jest --selectProjects membership --runInBand
goldens: build
	@UPDATE_GOLDENS=1 npx --no-install jest --selectProjects unit
bench: lab-pieces dist/.emitted
	@node dist/tests/bench/bench.js
# The stack cluster of ENV=ha beside a script that runs the same steps.
bench-cluster: lab-pieces dist/.emitted
	@node dist/tests/bench/clusterFloor.js

.PHONY: sbom licences audit   # of what others made
sbom: toolchain dist/.emitted
	@node dist/supply-chain/cli.js sbom
licences: toolchain dist/.emitted
	@node dist/supply-chain/cli.js licences
audit: toolchain dist/.emitted
	@node dist/supply-chain/cli.js audit

.PHONY: help
help:
	@sed -n 's/^#   */  /p' Makefile
	@sed -nE 's/^\.PHONY: (.*[^ ]) +# (.*)/  \2: \1/p' Makefile
