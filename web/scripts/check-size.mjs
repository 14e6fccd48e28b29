// Fails when the first load takes more JavaScript than its budget. Run after `npm run build`.
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'

const BUDGET_BYTES = 110_000
/** The texts of each language; one of them is loaded. */
const TEXTS = /languages\/[^/]+\/web\/shop\.json$/

const dist = new URL('../dist/', import.meta.url).pathname
const manifest = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8'))
const scripts = readFileSync(join(dist, 'index.html'), 'utf8').matchAll(/(?:src|data-app)="\/([^"]+\.js)"/g)

const files = new Set()
for (const [, file] of scripts) add(file)
addWithImports(longestTexts())

/** Counts a script of the page, and the scripts that it imports. */
function add(file) {
  const key = Object.keys(manifest).find((one) => manifest[one].file === file)
  if (key) addWithImports(key)
  else files.add(file)
}

function longestTexts() {
  const keys = Object.keys(manifest).filter((key) => TEXTS.test(key))
  return keys.toSorted((one, other) => packed(manifest[other].file) - packed(manifest[one].file))[0]
}

function packed(file) {
  return gzipSync(readFileSync(join(dist, file)), { level: 9 }).length
}

function addWithImports(key) {
  const chunk = manifest[key]
  if (!chunk) throw new Error(`The build has no ${key}.`)
  if (files.has(chunk.file)) return
  files.add(chunk.file)
  for (const imported of chunk.imports ?? []) addWithImports(imported)
}

const sizes = [...files]
  .map((file) => ({ file, bytes: packed(file) }))
  .toSorted((one, other) => other.bytes - one.bytes)
const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0)

for (const { file, bytes } of sizes) process.stdout.write(`${String(bytes).padStart(8)}  ${basename(file)}\n`)
process.stdout.write(
  `${String(total).padStart(8)}  of ${BUDGET_BYTES} bytes of JavaScript, gzipped, on the first load\n`,
)
process.exitCode = total > BUDGET_BYTES ? 1 : 0
