// Checks that the tests ran every SQL statement of the services on both engines. Compares the record that the tests
// wrote (`STATEMENTS_RECORD`) with the sources.
import { readFileSync, globSync } from 'node:fs'
import process from 'node:process'

const ENGINES = ['sqlite', 'postgres']
const CALL = /^(?!\s*\/\/).*?\b(fetch_all|fetch_optional|fetch_one|execute|insert_many)!\(/gm

const seen = new Set(readFileSync(process.argv[2], 'utf8').split('\n'))
const missing = []
let statements = 0
for (const file of globSync('crates/{catalogue,payments,rent}/src/**/store{.rs,/**/*.rs}').sort()) {
  const text = readFileSync(file, 'utf8')
  const end = text.search(/^#\[cfg\(test\)\]/m)
  for (const call of text.slice(0, end < 0 ? text.length : end).matchAll(CALL)) {
    statements += 1
    const offset = call.index + call[0].lastIndexOf(call[1])
    const line = text.slice(0, offset).split('\n').length
    for (const engine of ENGINES) {
      if (!seen.has(`${engine} ${file}:${line}`)) missing.push(`${file}:${line}: no test runs this on ${engine}`)
    }
  }
}
if (statements === 0) missing.push('no statements were found: the check looks in the wrong place')
for (const line of missing) console.error(line)
if (missing.length > 0) process.exit(1)
console.log(`Each of ${statements} statements has run on ${ENGINES.join(' and ')}`)
