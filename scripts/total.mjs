// Adds up the test runners' reports, and prints the total as the last line. Before it, prints each failed test with the
// beginning of its error, since the runner's own output may be far above. Fails if a test failed, a report is missing,
// or no test ran.

import { existsSync, readFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'

const runners = [
  { name: 'nextest', report: process.env.NEXTEST_REPORT, read: junit },
  { name: 'doctest', report: process.env.DOCTEST_REPORT, read: doctest },
  { name: 'vitest', report: process.env.VITEST_REPORT, read: vitest },
  { name: 'playwright', report: process.env.PLAYWRIGHT_REPORT, read: playwright },
  { name: 'deployment', report: process.env.DEPLOYMENT_REPORT, read: junit },
]

const REASON_CHARACTERS = 600
const PAGE_CHARACTERS = 1_500
const FAILURES_TOLD = 20

const total = { passed: 0, failed: 0, skipped: 0 }
const failures = []
let complete = true

for (const { name, report, read } of runners) {
  if (!report || !existsSync(report)) {
    console.log(`${name}: no report`)
    complete = false
    continue
  }
  const { reasons = [], ...counts } = read(readFileSync(report, 'utf8'))
  failures.push(...reasons)
  console.log(line(name, counts))
  for (const kind of Object.keys(total)) total[kind] += counts[kind]
}
for (const { test, reason, page = '' } of failures.slice(0, FAILURES_TOLD)) {
  const plain = stripVTControlCharacters(reason).trim().slice(0, REASON_CHARACTERS)
  const told = page ? `${plain}\n\nThe page:\n${page.slice(0, PAGE_CHARACTERS)}` : plain
  console.log(`\nFailed: ${test}\n${told.replaceAll(/^/gm, '    ')}`)
}
if (failures.length > FAILURES_TOLD) console.log(`\nand ${failures.length - FAILURES_TOLD} more`)
// The names of the failed tests again, so that they are among the last lines.
if (failures.length > 0) console.log('\nFailed:')
for (const { test } of failures.slice(0, FAILURES_TOLD)) console.log(`    ${test}`)
console.log(line('Total', total))
process.exitCode = complete && total.failed === 0 && total.passed > 0 ? 0 : 1

function line(name, { passed, failed, skipped }) {
  return `${name}: ${passed} passed, ${failed} failed` + (skipped ? `, ${skipped} skipped` : '')
}

// The first element with counts has the totals: nextest's outermost element, and pytest's only suite.
function junit(text) {
  const [sums] = text.match(/<testsuites? [^>]*tests=[^>]*>/) ?? ['']
  const sum = (attribute) => Number(sums.match(` ${attribute}="(\\d+)"`)?.[1] ?? 0)
  const failed = sum('failures') + sum('errors')
  const skipped = sum('skipped')
  const cases = text.matchAll(/<testcase ([^>]*[^/])>\s*<(failure|error)\b([^>]*?)(?:\/>|>([^]*?)<\/\2>)/g)
  const reasons = Array.from(cases, ([, test, , head, body]) => ({
    test: unescaped(`${attribute(test, 'classname')} ${attribute(test, 'name')}`),
    reason: unescaped(body || attribute(head, 'message') || attribute(head, 'type')),
  }))
  return { passed: sum('tests') - failed - skipped, failed, skipped, reasons }
}

function attribute(tag, name) {
  return tag.match(`\\b${name}="([^"]*)"`)?.[1] ?? ''
}

function unescaped(xml) {
  const named = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }
  return xml.replaceAll(/&(?:#(\d+)|(\w+));/g, (_, code, name) => (code ? String.fromCodePoint(code) : named[name]))
}

// rustdoc writes no report but its text output, which has one summary line for each crate.
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
    reasons: report.testResults
      .flatMap(({ assertionResults }) => assertionResults)
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages }) => ({ test: fullName, reason: failureMessages.join('\n') })),
  }
}

// A flaky test, which passed only on a retry, counts as failed.
function playwright(text) {
  const { stats, suites } = JSON.parse(text)
  const specsOf = (suite) => [...suite.specs, ...(suite.suites ?? []).flatMap(specsOf)]
  const reasons = suites.flatMap(specsOf).flatMap(({ title, file, line: at, tests }) =>
    tests
      .filter(({ status }) => status === 'unexpected' || status === 'flaky')
      .map(({ projectName, results }) => ({
        test: `[${projectName}] ${file}:${at} ${title}`,
        reason: results.flatMap(({ errors }) => errors.map(({ message }) => message)).join('\n'),
        page: results.flatMap(({ attachments }) => attachments.map(pageShown)).join('\n'),
      })),
  )
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky, skipped: stats.skipped, reasons }
}

// The page's accessibility tree when the test failed, from the main element on. Playwright writes it as a list of roles
// and names.
function pageShown({ name, path }) {
  if (name !== 'error-context' || !path || !existsSync(path)) return ''
  const [, snapshot = ''] = readFileSync(path, 'utf8').match(/^```yaml\n([^]*?)^```/m) ?? []
  return snapshot.slice(Math.max(0, snapshot.search(/^\s*- main/m)))
}
