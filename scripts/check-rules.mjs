// The rules of this project that no other tool checks: which crate may depend on which, which module may use which
// names, and what no file may contain.

import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'

// ── Which workspace crates a crate may depend on, in tests too ────────────
const mayDependOn = {
  api: ['rpc'],
  bench: ['api', 'rpc'],
  catalogue: ['api', 'rpc', 'store', 'text'],
  dvs: ['api', 'bench', 'catalogue', 'gateway', 'lab', 'payments', 'rent', 'rpc', 'store', 'text'],
  e2e: ['fake-providers'],
  // Only tests depend on the stand-ins for payment providers.
  'fake-providers': [],
  gateway: ['api', 'languages', 'poster', 'rpc'],
  // Nothing of the product depends on the lab.
  lab: ['api', 'gateway', 'rpc'],
  languages: [],
  payments: ['fake-providers', 'store'],
  poster: [],
  rent: ['api', 'languages', 'payments', 'rpc', 'store', 'text'],
  rpc: [],
  store: [],
  text: [],
}

// ── Which domains of a service may depend on which ────────────────────────
const domains = {
  catalogue: {
    offer: [],
    media: [],
    title: ['media', 'offer'],
    collection: ['title'],
    settings: [],
    import: ['media', 'offer', 'title'],
    search: ['offer', 'title'],
    feed: ['collection', 'import', 'media', 'offer', 'search', 'title'],
  },
  rent: {
    customer: [],
    payment: [],
    library: ['customer'],
    ledger: ['customer', 'library', 'payment'],
    order: ['customer', 'ledger', 'library', 'payment'],
    playback: ['customer', 'library', 'order'],
    mail: ['customer', 'library', 'order', 'payment'],
    account: ['customer', 'library', 'mail', 'order', 'playback'],
  },
}

// ── Which modules may use which names ─────────────────────────────────────
const SQL = {
  except: /^crates\/(store\/|(catalogue|payments|rent)\/src\/(?:\w+\/)*store(\.rs|\/))/,
  where: 'the store crate and the store module of a service or of the sandbox',
}
const namedOnlyIn = [
  {
    what: 'the generated types',
    pattern: /\bapi::/,
    within: /^crates\/(catalogue|rent)\/src\//,
    // Rent is also a client of the catalogue; its catalogue.rs has that client.
    except: /^crates\/(catalogue\/src\/service|rent\/src\/(?:\w+\/)?(service|wire|catalogue))(\.rs|\/)/,
    where: 'service.rs or wire.rs of a domain (and rent/src/catalogue.rs)',
  },
  {
    what: 'status codes',
    pattern: /\bCode\b/,
    within: /^crates\/(catalogue|rent)\/src\//,
    except: /\/fault\.rs$/,
    where: 'fault.rs',
  },
  {
    ...SQL,
    what: 'sqlx',
    pattern: /\bsqlx\b/,
    // No call of the API says which files should be on disk, so one test reads that from the database.
    within: /^(crates|e2e)\/(?!tests\/kills\/files\.rs$).*\.rs$/,
  },
  {
    ...SQL,
    what: 'statements of SQL',
    pattern: /\b(?:fetch_all|fetch_optional|fetch_one|execute|insert_many)!|\bDialects\b/,
    // The tests of a service may look up and prepare what no call of its contract does.
    within: /^crates\/\w+\/src\//,
  },
]

// ── What no file may contain ──────────────────────────────────────────────
const heldNowhere = [
  { what: 'a note of unfinished work', pattern: /\b(?:TODO|FIXME)\b/ },
  { what: 'a path of one machine', pattern: /(?<![\w.$})-])\/(?:work|root|home\/\w+)\// },
  {
    what: 'the host of a package registry',
    pattern: /registry\.npmjs|index\.crates|static\.crates|pypi\.org|pythonhosted|deb\.debian/,
  },
]
// This file contains all of these patterns, and the text of the license is not ours to change.
const exempt = new Set(['scripts/check-rules.mjs', 'LICENSE'])

// ── How long a source file may be ─────────────────────────────────────────
const MAX_SOURCE_LINES = 400
const SOURCE = /\.(rs|ts|vue|mjs|py)$/
const GENERATED = new Set(['web/src/api/schema.gen.ts', 'web/src/typed-router.d.ts'])

const MAX_FILE_BYTES = 1_500_000
// The demonstration's film is larger than other files may be.
const MAX_FILM_BYTES = 2_000_000

// ── What npm fetches ──────────────────────────────────────────────────────
const LOCK = /(^|\/)(package-lock|npm-shrinkwrap)\.json$/
const INTEGRITY = /^sha512-[A-Za-z0-9+/]{86}==$/

// ── What documents name ───────────────────────────────────────────────────
const DOCUMENT = /\.md$/
const SOURCE_PATH = /`((?:crates\/)?[a-z0-9_-]+\/(?:src|tests|e2e)[\w/.[\]-]*)`/g

const faults = [
  ...dependencies(),
  ...trackedFiles().flatMap((path) => [...inFile(path), ...inLock(path), ...inDocument(path)]),
]
for (const fault of faults) console.error(fault)
if (faults.length > 0) {
  console.error(`${faults.length} rules broken`)
  process.exitCode = 1
}

function dependencies() {
  const metadata = JSON.parse(run('cargo', ['metadata', '--no-deps', '--format-version', '1']))
  const members = new Set(metadata.packages.map(({ name }) => name))
  return metadata.packages.flatMap(({ name, dependencies }) => {
    const allowed = mayDependOn[name]
    if (!allowed) return [`${name}: say in scripts/check-rules.mjs which crates it may depend on`]
    return dependencies
      // A crate's tests may depend on the crate itself, to enable one of its features.
      .filter((other) => members.has(other.name) && other.name !== name && !allowed.includes(other.name))
      .map((other) => `${name} may not depend on ${other.name}`)
  })
}

// Untracked files count too, so that the check reports a broken rule before the commit.
function trackedFiles() {
  const listed = run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'])
  return listed.split('\0').filter((path) => path && statSync(path, { throwIfNoEntry: false })?.isFile())
}

function inFile(path) {
  const limit = path.endsWith('.mp4') ? MAX_FILM_BYTES : MAX_FILE_BYTES
  if (statSync(path).size > limit) return [`${path}: larger than ${limit} bytes`]
  const bytes = readFileSync(path)
  if (exempt.has(path) || bytes.includes(0)) return []

  const lines = bytes.toString('utf8').split('\n')
  const [, service, domain] = path.match(/^crates\/(\w+)\/src\/(\w+)\//) ?? []
  const allowed = domains[service]?.[domain]
  const isUnknown = domains[service] && domain && !allowed && !['service', 'store'].includes(domain)
  const rules = namedOnlyIn.filter(({ within, except }) => within.test(path) && !except.test(path))
  const lineCount = lines.at(-1) === '' ? lines.length - 1 : lines.length
  const isLong = SOURCE.test(path) && !GENERATED.has(path) && lineCount > MAX_SOURCE_LINES
  const long = isLong ? [`${path}: ${lineCount} lines, and a source file has at most ${MAX_SOURCE_LINES}`] : []
  const unknown = isUnknown ? [`${path}: the domain ${domain} has no entry in \`domains\``] : []
  const broken = lines.flatMap((line, index) => {
    const at = `${path}:${index + 1}`
    // Comments may mention names that the code may not use.
    const code = line.replace(/\/\/.*/, '')
    const domainsNamed = allowed ? [...code.matchAll(/\bcrate::(\w+)::/g)].map(([, name]) => name) : []
    return [
      ...domainsNamed
        .filter((name) => name in domains[service] && name !== domain && !allowed.includes(name))
        .map((name) => `${at}: ${domain} may not depend on ${name}`),
      ...rules
        .filter(({ pattern }) => pattern.test(code))
        .map(({ what, where }) => `${at}: names ${what}, which belong in ${where}`),
      ...heldNowhere
        .filter(({ pattern }) => pattern.test(line) && !(path === 'Cargo.lock'))
        .map(({ what }) => `${at}: ${what}`),
    ]
  })
  return [...long, ...unknown, ...broken]
}

// Without an integrity hash, npm installs whatever the registry answers. npm writes no hash for a package that was
// already installed when it wrote the lock.
function inLock(path) {
  if (!LOCK.test(path)) return []
  const { packages } = JSON.parse(readFileSync(path, 'utf8'))
  return Object.entries(packages)
    .filter(([name, entry]) => name !== '' && !entry.link && !INTEGRITY.test(entry.integrity ?? ''))
    .map(([name]) => `${path}: ${name} has no integrity hash: remove it from node_modules and from the lock, and install it again`)
}

// Finds paths in documents whose file was moved or deleted.
function inDocument(path) {
  if (!DOCUMENT.test(path)) return []
  const isThere = (named) => [named, `crates/${named}`].some((place) => statSync(place, { throwIfNoEntry: false }))
  return [...readFileSync(path, 'utf8').matchAll(SOURCE_PATH)]
    .filter(([, named]) => !isThere(named))
    .map(([, named]) => `${path}: names ${named}, which is not there`)
}

function run(program, args) {
  return execFileSync(program, args, { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 })
}
