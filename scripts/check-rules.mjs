// The rules of the house that no other tool knows: which crate may depend on which, which module may name what, and what
// no file of the repository may hold.

import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'

// ── Which workspace crates a crate may depend on, in tests too ────────────
const mayDependOn = {
  api: ['rpc'],
  bench: ['api', 'rpc'],
  catalogue: ['api', 'rpc', 'store', 'text'],
  dvs: ['api', 'bench', 'catalogue', 'gateway', 'lab', 'payments', 'rent', 'rpc', 'store'],
  e2e: [],
  gateway: ['api', 'poster', 'rpc'],
  // Nothing of the product depends on the lab.
  lab: ['api', 'gateway', 'rpc'],
  payments: ['store'],
  poster: [],
  rent: ['api', 'payments', 'rpc', 'store', 'text'],
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
    order: ['customer', 'library', 'payment'],
    playback: ['customer', 'library', 'order'],
    mail: ['customer', 'library', 'order', 'payment'],
    account: ['customer', 'library', 'mail', 'order', 'playback'],
  },
}

// ── Which modules may name what ───────────────────────────────────────────
const namedOnlyIn = [
  {
    what: 'the generated types',
    pattern: /\bapi::/,
    within: /^crates\/(catalogue|rent)\/src\//,
    // Rent is also a customer of the catalogue: `catalogue.rs` there holds the client.
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
    what: 'sqlx',
    pattern: /\bsqlx\b/,
    within: /^(crates|e2e)\/.*\.rs$/,
    // No call tells which files should be on the disk, so one test reads it from the database.
    except: /^(crates\/(store\/|(catalogue|payments|rent)\/src\/(?:\w+\/)*store(\.rs|\/))|e2e\/tests\/kills\/files\.rs$)/,
    where: 'the store crate and the store module of a service or of the sandbox',
  },
]

// ── What no file may hold ─────────────────────────────────────────────────
const heldNowhere = [
  { what: 'a note of unfinished work', pattern: /\b(?:TODO|FIXME)\b/ },
  { what: 'a path of one machine', pattern: /(?<![\w.$})-])\/(?:work|root|home\/\w+)\// },
  {
    what: 'the host of a package registry',
    pattern: /registry\.npmjs|index\.crates|static\.crates|pypi\.org|pythonhosted|deb\.debian/,
  },
]
// This file names them all; the license is not ours to write.
const exempt = new Set(['scripts/check-rules.mjs', 'LICENSE'])

const MAX_FILE_BYTES = 1_500_000
// The film that the demonstration plays.
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
      // A crate's tests may ask for a feature of the crate itself.
      .filter((other) => members.has(other.name) && other.name !== name && !allowed.includes(other.name))
      .map((other) => `${name} may not depend on ${other.name}`)
  })
}

// What is tracked, and what would be after `git add`: a rule broken is best heard of before the commit.
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
  const unknown = isUnknown ? [`${path}: the domain ${domain} has no entry in \`domains\``] : []
  const broken = lines.flatMap((line, index) => {
    const at = `${path}:${index + 1}`
    // A comment may speak of what the code may not name.
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
  return [...unknown, ...broken]
}

// Without its hash, a package is whatever the registry answers that day; npm writes none for what was installed already.
function inLock(path) {
  if (!LOCK.test(path)) return []
  const { packages } = JSON.parse(readFileSync(path, 'utf8'))
  return Object.entries(packages)
    .filter(([name, entry]) => name !== '' && !entry.link && !INTEGRITY.test(entry.integrity ?? ''))
    .map(([name]) => `${path}: ${name} has no integrity hash: remove it from node_modules and from the lock, and install it again`)
}

// A document that sends its reader to a file that is not there was not read when the file moved.
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
