// Checks that each word of a public name is a term of docs/glossary.md or plain English (scripts/plain-words.txt). Any
// other word is private vocabulary: use the standard term of the field, or define the word in the glossary.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const root = new URL('..', import.meta.url).pathname
const read = (path) => readFileSync(`${root}${path}`, 'utf8')
const tracked = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
const paths = tracked.split('\0')

// These names have the same words: `localized_names`, `LocalizedNames` and `dvs_localized_names_total`.
function wordsOf(name) {
  const apart = name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
  return apart
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter(Boolean)
}

function singular(word) {
  if (word.endsWith('ies')) return `${word.slice(0, -3)}y`
  return word.replace(/(?<=ss|x|sh|ch)es$|(?<=[^s])s$/, '')
}

// Terms are the first cells of the rows in the glossary's tables.
const terms = [...read('docs/glossary.md').matchAll(/^\| ([^|]+) \|/gm)]
  .map(([, term]) => term)
  .filter((term) => term !== 'term' && !term.startsWith('-'))
const known = new Set(
  [...terms.flatMap(wordsOf), ...read('scripts/plain-words.txt').split(/\s+/).filter(Boolean)].flatMap((word) => [
    word,
    singular(word),
  ]),
)

function namesIn(path) {
  const text = () => read(path).replaceAll(/\/\/.*/g, '')
  const all = (pattern) => Array.from(text().matchAll(pattern), ([, name]) => name)
  if (/^proto\/dvs\/.*\.proto$/.test(path))
    return [
      ...all(/\b(?:message|service|enum|rpc)\s+(\w+)/g),
      ...all(/^\s+(?:repeated |optional )?[\w.<>, ]+\s(\w+)\s*=\s*\d+/gm),
    ]
  if (!/^crates\/\w+\/src\/.*\.rs$/.test(path)) return []
  const names = [
    ...all(/"(dvs_\w+)"/g),
    ...all(/^\s*pub (?:struct|enum|trait|type|const|static|(?:async |const )?fn) (\w+)/gm),
  ]
  if (!path.startsWith('crates/dvs/src/config/')) return names
  return [...names, ...all(/pub\(crate\) (\w+): /g), ...all(/^ {4}(\w+)\((?:Box<)?\w+(?:Options|Command)/gm)]
}

const unknown = new Map()
for (const path of paths.filter((path) => /\.(proto|rs)$/.test(path)))
  for (const name of namesIn(path))
    for (const word of wordsOf(name))
      if (!known.has(word) && !known.has(singular(word)) && !unknown.has(word)) unknown.set(word, `${path}: ${name}`)

for (const [word, where] of unknown) console.error(`${where}: "${word}" is neither in docs/glossary.md nor plain English`)
if (unknown.size > 0) {
  console.error(`${unknown.size} words without a meaning`)
  process.exitCode = 1
}
