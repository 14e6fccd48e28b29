// Adds up what the test runners reported and prints it as the last line. Fails when a test failed, a report is missing,
// or no test ran at all.

import { existsSync, readFileSync } from 'node:fs'

const runners = [
  { name: 'nextest', report: process.env.NEXTEST_REPORT, read: junit },
  { name: 'doctest', report: process.env.DOCTEST_REPORT, read: doctest },
  { name: 'vitest', report: process.env.VITEST_REPORT, read: vitest },
  { name: 'playwright', report: process.env.PLAYWRIGHT_REPORT, read: playwright },
  { name: 'deployment', report: process.env.DEPLOYMENT_REPORT, read: junit },
]

const total = { passed: 0, failed: 0, skipped: 0 }
let complete = true

for (const { name, report, read } of runners) {
  if (!report || !existsSync(report)) {
    console.log(`${name}: no report`)
    complete = false
    continue
  }
  const counts = read(readFileSync(report, 'utf8'))
  console.log(line(name, counts))
  for (const kind of Object.keys(total)) total[kind] += counts[kind]
}
console.log(line('Total', total))
process.exitCode = complete && total.failed === 0 && total.passed > 0 ? 0 : 1

function line(name, { passed, failed, skipped }) {
  return `${name}: ${passed} passed, ${failed} failed` + (skipped ? `, ${skipped} skipped` : '')
}

// The first element that counts carries the sums: nextest's outermost, and pytest's one suite.
function junit(text) {
  const [sums] = text.match(/<testsuites? [^>]*tests=[^>]*>/) ?? ['']
  const sum = (attribute) => Number(sums.match(` ${attribute}="(\\d+)"`)?.[1] ?? 0)
  const failed = sum('failures') + sum('errors')
  const skipped = sum('skipped')
  return { passed: sum('tests') - failed - skipped, failed, skipped }
}

// rustdoc has only its text: one closing line for each crate.
function doctest(text) {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  for (const [, passed, failed, ignored] of text.matchAll(/^test result: .* (\d+) passed; (\d+) failed; (\d+) ignored/gm)) {
    counts.passed += Number(passed)
    counts.failed += Number(failed)
    counts.skipped += Number(ignored)
  }
  return counts
}

function vitest(text) {
  const report = JSON.parse(text)
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: report.numPendingTests + (report.numTodoTests ?? 0),
  }
}

// A test that passed only when tried again has failed.
function playwright(text) {
  const { expected, unexpected, flaky, skipped } = JSON.parse(text).stats
  return { passed: expected, failed: unexpected + flaky, skipped }
}
