# The two commands to know: make up, make test. make help lists the rest.
#
#   ENV=dev|prd            the environment, a file Pulumi.<ENV>.yaml      (default dev: the embedded lab)
#   STACK=infra|cluster|apps|site   one stack instead of all
#   SUITES="unit lint"     for make test: some suites; all stands for every one, the drills too
#   APP=consul|confluence  for make backup, backups, restore: the application
#   FROM=<name>            for make restore: one of make backups
#   FORMAT=markdown|csv|nftables   for make flows
#   OFFLINE=1              for make preview and preview-report: on a simulated vCenter, as if nothing were up yet
#   GRAPHS=1               for make preview-report: only the committed graphs, without engine, site and secrets
#   BASE=main              for make preview-report: the branch or commit that the graphs are compared with
#   YES=1                  do not ask (outside the lab pulumi asks before it changes anything)

ENV ?= dev
STACK ?=
APP ?=
FROM ?=
FORMAT ?=
GRAPHS ?=
SHELL := bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

OPERATE = node dist/operations/cli.js
SELECTION = --environment $(ENV) --stack "$(STACK)" --app="$(APP)" --from="$(FROM)" --format="$(FORMAT)"
SOURCES = $(shell find apps cluster environment flows infra kubernetes lab operations overview remote tests -name '*.ts')

.PHONY: up down status smoke preview preview-report preflight access kubeconfig dashboard credentials env flows   # of a site
up: build
	@$(OPERATE) up $(SELECTION)
down: build
	@$(OPERATE) down $(SELECTION)
status: build
	@$(OPERATE) status $(SELECTION)
smoke: build
	@$(OPERATE) smoke $(SELECTION)
preview: build
	@$(OPERATE) preview $(SELECTION)
# Graphs are compared without the toolchain: on a machine that has only node, as for the pull request of a stranger.
preview-report: $(if $(GRAPHS),dist/.emitted,build)
	@$(OPERATE) preview-report $(SELECTION)
preflight: build
	@$(OPERATE) preflight $(SELECTION)
access: build
	@$(OPERATE) access $(SELECTION)
kubeconfig: build
	@$(OPERATE) kubeconfig $(SELECTION)
credentials: build
	@$(OPERATE) credentials $(SELECTION)
# What these print is for a shell or a file, so a build before them reports elsewhere.
dashboard:
	@$(MAKE) --no-print-directory build >&2
	@$(OPERATE) dashboard $(SELECTION)
env:
	@$(MAKE) --no-print-directory build >&2
	@$(OPERATE) env $(SELECTION)
flows:
	@$(MAKE) --no-print-directory build >&2
	@$(OPERATE) flows $(SELECTION)

.PHONY: backup backups restore   # of an application's data
backup: build
	@$(OPERATE) backup $(SELECTION)
backups: build
	@$(OPERATE) backups $(SELECTION)
restore: build
	@$(OPERATE) restore $(SELECTION)

.PHONY: build toolchain   # of the programs
build: toolchain dist/.emitted
toolchain:
	@toolchain/build.sh

# node_modules follows the lockfile; the SDK that the toolchain generates is one of its packages. Not npm ci: it refuses the
# lockfile where a registry lacks some other platform's optional package, of which it can then know no version.
node_modules/.package-lock.json: package.json package-lock.json .npmrc | $(if $(GRAPHS),,toolchain)
	@echo "npm install: the packages of package-lock.json"
	@npm install --no-save --no-progress --loglevel=error
	@touch $@

# Only emits: types are checked by make types, so that a run does not wait for them.
dist/.emitted: $(SOURCES) tsconfig.json node_modules/.package-lock.json
	@npx --no-install tsc --project tsconfig.json --noCheck
	@touch $@

.PHONY: test drills check types lint format unit integration e2e go-test goldens bench   # of the code
test: build
	@tests/prerequisites.sh
	@node dist/lab/cli.js host
	@node dist/tests/run.js $(SUITES)
drills:
	@$(MAKE) --no-print-directory test SUITES=drills
check: types lint unit
types: build
	@npx --no-install tsc --project tsconfig.json --noEmit --incremental false
lint: build
	@npx --no-install prettier --check .
	@npx --no-install eslint --max-warnings=0 .
format: build
	@npx --no-install prettier --write .
unit: build
	@npx --no-install jest --selectProjects unit
integration: build
	@npx --no-install jest --selectProjects integration --maxWorkers=2
e2e: build
	@npx --no-install jest --selectProjects e2e --runInBand
goldens: build
	@UPDATE_GOLDENS=1 npx --no-install jest --selectProjects unit
bench: build
	@node dist/tests/bench/bench.js

.PHONY: help
help:
	@sed -n 's/^#   */  /p' Makefile
	@echo "  targets: up down status smoke preview preview-report preflight access kubeconfig dashboard credentials env flows | backup backups restore | toolchain build | test drills check types lint format unit integration e2e goldens bench"
