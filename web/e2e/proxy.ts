// nginx in front of a store, with a plain `proxy_pass`: no WebSocket gets through, and answers are held back.
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'

interface PlainProxy {
  /** The address that customers type. */
  address: string
  /** The address on which the store has to listen. */
  store: string
  end: () => void
}

export async function plainProxy(folder: string): Promise<PlainProxy> {
  const [port, store] = [await freePort(), `127.0.0.1:${await freePort()}`]
  const own = join(folder, 'nginx')
  mkdirSync(own)
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const paths = kinds.map((kind) => `${kind}_temp_path ${join(own, kind)};`).join(' ')
  const user = process.getuid?.() === 0 ? `user ${userInfo().username};` : ''
  writeFileSync(
    join(own, 'nginx.conf'),
    `${user} daemon off; worker_processes 1; pid ${own}/pid; error_log ${own}/error.log;
    events { worker_connections 256; }
    http { access_log off; ${paths}
      server { listen 127.0.0.1:${port}; location / { proxy_pass http://${store}; } } }`,
  )
  const nginx = spawn('nginx', ['-e', join(own, 'error.log'), '-c', join(own, 'nginx.conf')], { stdio: 'inherit' })
  nginx.on('error', () => {
    throw new Error('nginx is missing: scripts/setup.sh proxies')
  })
  return { address: `http://127.0.0.1:${port}`, store, end: () => nginx.kill('SIGTERM') }
}

async function freePort(): Promise<number> {
  const probe = createServer()
  const port = await new Promise<number>((resolve) => {
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      resolve(typeof address === 'object' && address ? address.port : 0)
    })
  })
  await new Promise((resolve) => probe.close(resolve))
  return port
}
