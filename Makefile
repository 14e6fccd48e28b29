# The project's targets. Before anything else a target runs `scripts/setup.sh` for the programs that it needs: that
# installs them, or says in one line how to install them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

# Tools in .tools come first, then those in node_modules, which include a newer Node than the system's.
export PATH := $(CURDIR)/.tools/bin:$(CURDIR)/web/node_modules/.bin:$(PATH)
# The scripts and the tests expect the binary in this folder.
export CARGO_TARGET_DIR := $(CURDIR)/target

SETUP := scripts/setup.sh
WEB_READY := web/node_modules/.ready
WEB_APP := web/dist/index.html
WEB_SOURCES := $(shell find web languages -type f -not -path 'web/node_modules/*' -not -path 'web/dist/*' -not -path 'web/e2e/*' -not -path 'web/test-results/*')

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# ── Running ───────────────────────────────────────────────────────────────

.PHONY: run
run: build ## Build everything and open the store on http://localhost:8000 (ARGS="--lab" passes options on)
	exec target/release/dvs serve $(ARGS)

.PHONY: cluster
cluster: build ## Open the distributed store on this machine: two of each role, PostgreSQL, a balancer
	@$(SETUP) postgres haproxy
	@exec scripts/cluster.sh

.PHONY: build
build: $(WEB_APP) ## Build target/release/dvs with the web app inside
	@$(SETUP) compiler
	cargo build --release --locked --package dvs

# Cargo embeds the web app in the gateway, so the web app is built first.
$(WEB_APP): $(WEB_READY) $(WEB_SOURCES)
	cd web && npm run build
	@touch $@

$(WEB_READY): web/package-lock.json
	@$(SETUP) node
	cd web && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

# ── Testing ───────────────────────────────────────────────────────────────

.PHONY: test
test: check $(WEB_APP) ## Run every check and every test
	@$(SETUP) compiler nextest chromium postgres grpcio stripe mailserver kubernetes ffmpeg proxies
	cd web && npm run check:size
	@scripts/test.sh

.PHONY: test-deployment
test-deployment: ## Run the tests of deploy/, setup.sh and destroy.sh
	@$(SETUP) compiler kubernetes postgres proxies
	cargo build --package dvs
	PYTHONPATH=.tools/kubernetes python3 -m pytest -q -p no:cacheprovider deploy/tests

.PHONY: test-image
test-image: ## Build the images and run the store in containers; needs root, ten minutes the first time
	@$(SETUP) containers compiler node kubernetes postgres
	deploy/tests/image.sh

.PHONY: kills
kills: $(WEB_APP) ## Kill the store 300 times at random moments, and check that it keeps what it acknowledged (ARGS="SEED" repeats a run)
	@$(SETUP) compiler
	cargo build --release --locked --package dvs
	DVS_BIN=$(CURDIR)/target/release/dvs DVS_KILLS=100 $(if $(ARGS),DVS_KILLS_SEED=$(ARGS)) cargo test --locked --package e2e --test kills -- --nocapture

.PHONY: nightly
nightly: kills death conformance ## Run the tests that take too long for `make test`

.PHONY: death
death: $(WEB_APP) ## Kill each process of the distributed store under load, three times over
	@$(SETUP) compiler postgres haproxy
	cargo build --release --locked --package dvs
	DVS_BIN=$(CURDIR)/target/release/dvs DVS_DEATH_ROUNDS=3 cargo test --locked --package e2e --test death -- --nocapture

.PHONY: conformance
conformance: ## Send streams of 100,000 messages over every carrier
	@$(SETUP) compiler
	DVS_CONFORMANCE_MESSAGES=100000 cargo test --release --locked --package api --test conformance

.PHONY: lighthouse
lighthouse: build ## Measure the shop with Lighthouse as a phone on a slow connection; writes docs/lighthouse.md
	@$(SETUP) node chromium lighthouse
	DVS_BIN=target/release/dvs CHROME_PATH=$$(scripts/find.sh chromium) LIGHTHOUSE=.tools/bin/lighthouse node scripts/lighthouse.mjs

.PHONY: quick
quick: check-format check-rules check-lint ## Before each commit: format, lints, unit tests; under three minutes
	@$(SETUP) compiler nextest ffmpeg
	cargo nextest run --workspace -E 'not package(e2e)'
	if [ -e $(WEB_READY) ]; then cd web && npm run check && npm test; else echo "The web app is not set up: not checked."; fi

.PHONY: check
check: check-format check-rules check-spelling check-contracts check-supply check-web check-lint ## Check without running: format, lints, rules, licences, types

.PHONY: check-format
check-format: ## rustfmt
	@$(SETUP) rustfmt
	cargo fmt --all --check -- -l || { echo "Not formatted; this does it: make format"; exit 1; }

.PHONY: check-rules
check-rules: ## Check which crate depends on which, what files contain, and the words of public names
	@$(SETUP) git node
	node scripts/check-rules.mjs
	node scripts/check-glossary.mjs

.PHONY: check-spelling
check-spelling: ## typos
	@$(SETUP) typos
	typos

.PHONY: check-contracts
check-contracts: ## buf lint of proto/
	@$(SETUP) buf
	buf lint

.PHONY: check-supply
check-supply: ## cargo-deny: bans, licences, sources, advisories
	@$(SETUP) deny
	@scripts/check-supply.sh

.PHONY: check-web
check-web: $(WEB_READY) ## Lint, format and types of the web app
	cd web && npm run check

.PHONY: check-lint
check-lint: ## clippy, with warnings denied
	@$(SETUP) compiler clippy
	cargo clippy --workspace --all-targets --locked -- -D warnings

# ── Maintenance ───────────────────────────────────────────────────────────

.PHONY: format
format: $(WEB_READY) ## Format everything
	@$(SETUP) rustfmt
	cargo fmt --all
	cd web && npm run format

.PHONY: generate
generate: $(WEB_READY) ## Write openapi.json from the handlers, and the web app's types from it
	@$(SETUP) compiler
	cargo build --package dvs
	target/debug/dvs openapi > target/openapi.json
	mv target/openapi.json crates/gateway/openapi.json
	cd web && npm run generate

.PHONY: clean
clean: ## Remove what was built; the store's data and the fetched tools stay
	cargo clean
	rm -rf web/dist web/test-results
