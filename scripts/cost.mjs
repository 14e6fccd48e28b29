// Measures the CPU time that each kind of request costs each role of a running `make cluster` (started with
// DVS_RATE_LIMIT=off). Reads the processes' CPU clocks before and after it sends many requests of one kind, and
// subtracts what the processes use when idle, which it measures first. Prints Markdown for docs/operations/scaling.md.
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import http from 'node:http'
import process from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'

const store = new URL(process.argv[2] ?? 'http://127.0.0.1:8000')
const AT_ONCE = 4
const CUSTOMERS = 20
const IDLE_SECONDS = 10
const PLAYERS_EACH = 2
const WATCH_SECONDS = 20
const ROLES = ['gateway', 'catalogue', 'rent', 'postgres']
const ticks = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))
const agent = new http.Agent({ keepAlive: true, maxSockets: AT_ONCE })

function ask(method, path, { body, token, key } = {}) {
  const headers = {}
  if (body) headers['content-type'] = 'application/json'
  if (token) headers.authorization = `Bearer ${token}`
  if (key) headers['idempotency-key'] = key
  return new Promise((resolve, reject) => {
    const request = http.request(new URL(path, store), { method, headers, agent }, (response) => {
      const parts = []
      response.on('data', (part) => parts.push(part))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(parts).toString()
        if (response.statusCode >= 300) reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`))
        else resolve(text ? JSON.parse(text) : null)
      })
    })
    request.on('error', reject)
    request.end(body && JSON.stringify(body))
  })
}

// CPU seconds of each role over all of its processes, and the resident megabytes of the largest process.
function usage() {
  const sums = new Map(ROLES.map((role) => [role, { seconds: 0, largest: 0 }]))
  for (const id of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const words = readFileSync(`/proc/${id}/cmdline`, 'utf8').split('\0')
      const role = words.includes('serve') ? words[words.indexOf('--role') + 1] : /postgres/.test(words[0]) && 'postgres'
      const sum = sums.get(role)
      if (!sum) continue
      const fields = readFileSync(`/proc/${id}/stat`, 'utf8').split(') ').at(-1).split(' ')
      sum.seconds += (Number(fields[11]) + Number(fields[12])) / ticks
      sum.largest = Math.max(sum.largest, (Number(fields[21]) * 4096) / 1e6)
    } catch (error) {
      if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error
    }
  }
  return sums
}

async function together(count, one) {
  let next = 0
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (next < count) await one(next++)
    }),
  )
}

async function spent(work) {
  const before = usage()
  const start = process.hrtime.bigint()
  await work()
  const seconds = Number(process.hrtime.bigint() - start) / 1e9
  const after = usage()
  return { seconds, cpu: new Map(ROLES.map((role) => [role, after.get(role).seconds - before.get(role).seconds])) }
}

const idle = await spent(() => pause(IDLE_SECONDS * 1000))
const row = (cells) => console.log(`| ${cells.join(' | ')} |`)
row(['microseconds of CPU a request', 'requests', 'a second', ...ROLES])
row(['---', '---:', '---:', ...ROLES.map(() => '---:')])
row(['idle, microseconds a second', '', '', ...ROLES.map((role) => Math.round((idle.cpu.get(role) / idle.seconds) * 1e6))])

async function measure(name, count, one) {
  await together(Math.min(count, 100), one)
  const busy = await spent(() => together(count, (index) => one(index + 100)))
  const cost = (role) => busy.cpu.get(role) - (idle.cpu.get(role) / idle.seconds) * busy.seconds
  const each = ROLES.map((role) => Math.max(0, Math.round((cost(role) / count) * 1e6)))
  row([name, count, Math.round(count / busy.seconds), ...each])
}

const run = randomUUID().slice(0, 8)
const { titles } = await ask('GET', '/api/v1/titles?page_size=60&offer=rent')
const offers = []
for (const { id } of titles) {
  const title = await ask('GET', `/api/v1/titles/${id}`)
  offers.push(title.offers.find(({ kind }) => kind === 'rent'))
}
const tokens = []
for (let number = 0; number < CUSTOMERS; number++) {
  const body = { email: `${run}-${number}@example.org`, password: `projector lamp ${run}`, name: 'Cost' }
  tokens.push((await ask('POST', '/api/v1/account', { body })).token)
}
const customer = (index) => tokens[index % tokens.length]
const words = titles.flatMap(({ name }) => name.split(' ')).filter((word) => word.length > 3)

await measure('title page, guest', 6000, (index) => ask('GET', `/api/v1/titles/${titles[index % titles.length].id}`))
await measure('title page, signed in', 6000, (index) =>
  ask('GET', `/api/v1/titles/${titles[index % titles.length].id}`, { token: customer(index) }),
)
await measure('search', 6000, (index) =>
  ask('GET', `/api/v1/titles?q=${encodeURIComponent(`${words[index % words.length]} ${index % 97}`)}`),
)
const pairs = offers.flatMap((offer) => tokens.map((token) => ({ offer, token })))
await measure('order', pairs.length - 100, (index) => {
  const { offer, token } = pairs[index]
  const body = { items: [{ offer_id: offer.id, price: offer.price }], payment: { method: 'card', token: 'tok_visa' } }
  return ask('POST', '/api/v1/orders', { body, token, key: `${run}-${index}` })
})
const playing = []
for (const token of tokens) {
  const { entitlements } = await ask('GET', '/api/v1/library', { token })
  const path = `/api/v1/library/${entitlements[0].id}/playback`
  const { playback_id } = await ask('POST', path, { token, body: { confirm_start: true, take_over: true } })
  playing.push({ token, path: `${path}/${playback_id}` })
}
await measure('heartbeat', 4000, (index) => {
  const { token, path } = playing[index % playing.length]
  return ask('PUT', path, { token, body: { position_seconds: index % 600 } })
})

const from = process.hrtime.bigint()
// The cost of a customer who watches: a WebSocket like the web app's player, which reports its position every second.
const players = []
for (const token of tokens) {
  const { entitlements } = await ask('GET', '/api/v1/library', { token })
  for (const { id } of entitlements.slice(1, 1 + PLAYERS_EACH)) players.push(await watch(id, token))
}
const watched = await spent(() => pause(WATCH_SECONDS * 1000))
const each = (role) => (watched.cpu.get(role) - (idle.cpu.get(role) / idle.seconds) * watched.seconds) / players.length
const perSecond = ROLES.map((role) => Math.max(0, Math.round((each(role) / watched.seconds) * 1e6)))
row([`watching, microseconds a second, ${players.length} at once`, '', '', ...perSecond])
for (const player of players) player.stop()

function watch(entitlement, token) {
  const address = new URL(`/api/v1/library/${entitlement}/play`, store)
  address.protocol = 'ws:'
  return new Promise((resolve, reject) => {
    const line = new WebSocket(address, { headers: { authorization: `Bearer ${token}` } })
    const say = (word) => line.send(JSON.stringify(word))
    let beating
    line.onopen = () => say({ type: 'open', confirm_start: true, take_over: true })
    line.onmessage = ({ data }) => {
      if (beating) return
      if (JSON.parse(data).type !== 'granted') return reject(new Error(`no playback: ${data}`))
      const seconds = () => Number((process.hrtime.bigint() - from) / 1_000_000_000n)
      beating = setInterval(() => say({ type: 'beat', position_seconds: seconds() }), 1000)
      resolve({
        stop() {
          clearInterval(beating)
          line.close()
        },
      })
    }
    line.onclose = () => beating && clearInterval(beating)
    line.onerror = () => reject(new Error('the line broke'))
  })
}

const sizes = usage()
console.log(`\nLargest process, resident: ${ROLES.map((role) => `${role} ${Math.round(sizes.get(role).largest)} MB`).join(', ')}`)
agent.destroy()
