// Fails when the first load of the home page takes more JavaScript than its budget. Run after `npm run build`.
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'

const BUDGET_BYTES = 110_000
const HOME_PAGE = 'src/pages/index.vue'
/** The longer of the two languages' texts; one of them is loaded. */
const TEXTS = 'locales/pt-BR.json'

const dist = new URL('../dist/', import.meta.url).pathname
const manifest = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8'))
const textsKey = Object.keys(manifest).find((key) => key.endsWith(TEXTS))

const files = new Set(readdirSync(dist).filter((file) => file.endsWith('.js')))
for (const root of ['index.html', HOME_PAGE, textsKey]) addWithImports(root)

function addWithImports(key) {
  const chunk = manifest[key]
  if (!chunk) throw new Error(`The build has no ${key}.`)
  if (files.has(chunk.file)) return
  files.add(chunk.file)
  for (const imported of chunk.imports ?? []) addWithImports(imported)
}

const sizes = [...files]
  .map((file) => ({ file, bytes: gzipSync(readFileSync(join(dist, file)), { level: 9 }).length }))
  .toSorted((one, other) => other.bytes - one.bytes)
const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0)

for (const { file, bytes } of sizes) process.stdout.write(`${String(bytes).padStart(8)}  ${basename(file)}\n`)
process.stdout.write(
  `${String(total).padStart(8)}  of ${BUDGET_BYTES} bytes of JavaScript, gzipped, on the first load\n`,
)
process.exitCode = total > BUDGET_BYTES ? 1 : 0
