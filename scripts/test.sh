#!/usr/bin/env bash
# Runs every test: the Rust tests, the examples in the Rust documentation, the web app's tests, the whole store in a
# browser, and the deployment's tests. When one runner fails, the others still run; the last line has the total.
set -euo pipefail
cd "$(dirname "$0")/.."

profile=default
[ -z "${CI:-}" ] || profile=ci
reports=$PWD/target/reports
export NEXTEST_REPORT=$PWD/target/nextest/$profile/junit.xml
export DOCTEST_REPORT=$reports/doctest.txt
export VITEST_REPORT=$reports/vitest.json
export PLAYWRIGHT_REPORT=$reports/playwright.json
export DEPLOYMENT_REPORT=$reports/deployment.xml
# The tests record here which SQL statements ran on which engine (scripts/check-statements.mjs).
export STATEMENTS_RECORD=$reports/statements
mkdir -p "$reports"
# Delete the reports of earlier runs, so that the total does not count them.
rm -f "$NEXTEST_REPORT" "$reports"/*

DVS_BIN=$PWD/target/debug/dvs
CHROMIUM=$(scripts/find.sh chromium)
export DVS_BIN CHROMIUM

failed=0
runner() {
    printf '\n── %s\n' "$1"
    "$2" || failed=1
}

rust() { cargo nextest run --workspace --locked --profile "$profile"; }
statements() { node scripts/check-statements.mjs "$STATEMENTS_RECORD"; }
doctest() { cargo test --workspace --locked --doc 2>&1 | tee "$DOCTEST_REPORT"; }
web() { (cd web && npm test -- --reporter=default --reporter=json --outputFile.json="$VITEST_REPORT"); }
browser() { (cd web && PLAYWRIGHT_JSON_OUTPUT_FILE=$PLAYWRIGHT_REPORT npm run e2e -- --reporter=list,json); }
deployment() { PYTHONPATH=.tools/kubernetes python3 -m pytest -q -p no:cacheprovider --junit-xml="$DEPLOYMENT_REPORT" deploy/tests; }

# One build for the tests and the binary: in two builds, cargo would resolve the dependencies' features differently and
# compile the dependencies twice.
cargo build --workspace --locked --bins --tests
runner "Rust" rust
runner "Each statement on each engine" statements
runner "Rust's documentation" doctest
runner "Web app" web
runner "The store in a browser" browser
runner "Deployment" deployment

printf '\n'
node scripts/total.mjs || failed=1
exit "$failed"
