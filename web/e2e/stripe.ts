// A stand-in for Stripe, in a process of its own: the program of the crate fake-providers.
import { spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'

const SECRET = 'whsec_of_the_browser_tests'

/** Starts it, and returns the options of a store that is paid through it. */
export async function fakeStripe(folder: string) {
  // Cargo builds it beside the store’s own program.
  const path = process.env.FAKE_STRIPE_BIN ?? join(dirname(process.env.DVS_BIN ?? ''), 'fake-stripe')
  if (!existsSync(path)) throw new Error(`${path} is missing: cargo build --workspace makes it`)
  const fake = spawn(path, ['127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface({ input: fake.stdout })[Symbol.asyncIterator]()
  const url = String((await lines.next()).value)
  const key = join(folder, 'stripe-key')
  const secret = join(folder, 'stripe-secret')
  writeFileSync(key, 'sk_test_of_the_browser_tests')
  writeFileSync(secret, SECRET)
  return {
    options: [
      '--payment-provider=stripe',
      `--stripe-api-url=${url}`,
      `--stripe-secret-key-file=${key}`,
      `--stripe-webhook-secret-file=${secret}`,
    ],
    sendEventsTo: (address: string) =>
      fetch(`${url}/_fake/webhook`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ url: address, secret: SECRET }),
      }),
    end: () => fake.kill(),
  }
}
