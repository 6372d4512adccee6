// `npm run bench:singles`: what a client of a running server meets. The server, the emulator and this client are
// processes of their own on one machine: handshakes a second, single messages accepted, sent and recorded a second by
// 32 clients, and the time from the 202 to the arrival on a server that has nothing else to do.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const DEVICES = 200
const HANDSHAKES_AT_ONCE = 16
const CLIENTS = 32
const MESSAGES = 10_000
const IDLE_MESSAGES = 200
const API_KEY = 'a-key-for-the-benchmark-of-32-chars'

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))
const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS })

interface Started {
  readonly url: string
  readonly process: ChildProcess
}

/** A command of ours that prints one JSON line once it is up. */
async function start(args: readonly string[], env: Record<string, string> = {}): Promise<Started> {
  const child = spawn(process.execPath, [path('../src/cli/main.ts'), ...args, '--json'], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line')) as [string]
  return { url: (JSON.parse(line) as { url: string }).url, process: child }
}

function call(method: string, url: string, body?: object): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' }
    const sent = request(url, { method, agent, headers }, (answer) => {
      let text = ''
      answer.on('data', (chunk) => {
        text += chunk
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
    })
    sent.on('error', reject)
    sent.end(body && JSON.stringify(body))
  })
}

async function ok(method: string, url: string, body?: object) {
  const { status, text } = await call(method, url, body)
  if (status >= 300) throw new Error(`${method} ${url}: ${status} ${text}`)
  return JSON.parse(text)
}

/** Runs `work` for every number below `count`, so many at once; answers how many a second. */
async function rate(count: number, atOnce: number, work: (n: number) => Promise<void>): Promise<number> {
  let next = 0
  const since = performance.now()
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (next < count) await work(next++)
    }),
  )
  return (count * 1000) / (performance.now() - since)
}

const folder = await mkdtemp(join(tmpdir(), 'sendword-bench-'))
const emulator = await start(['emulator', '--port', '0'])
const server = await start(['serve', '--data', folder, '--port', '0', '--emulator', emulator.url], {
  SENDWORD_API_KEY: API_KEY,
  SENDWORD_LOG_LEVEL: 'error',
})
try {
  const figures = await measureAll()
  for (const [name, figure] of Object.entries(figures)) console.log(`${name}: ${figure}`)
  await writeFile(path('./singles.json'), `${JSON.stringify({ at: new Date().toISOString(), ...figures }, null, 2)}\n`)
} finally {
  server.process.kill()
  await once(server.process, 'exit')
  emulator.process.kill()
  await rm(folder, { recursive: true, force: true })
}

async function measureAll() {
  const devices: string[] = []
  const messagesOf = (n: number) => `${server.url}/v1/apps/default/devices/bench-device-${n}/messages`
  for (let n = 0; n < DEVICES; n++) devices.push((await ok('POST', `${emulator.url}/devices`, { service: 'fcm' })).id)
  const handshakesPerSecond = await rate(DEVICES, HANDSHAKES_AT_ONCE, async (n) => {
    await ok('POST', `${emulator.url}/devices/${devices[n]}/handshake`, {
      url: server.url,
      app: 'default',
      deviceId: `bench-device-${n}`,
    })
  })
  const idle = await idleLatencies(devices[0] ?? '', messagesOf(0))
  const ids: string[] = []
  const since = performance.now()
  const acceptedPerSecond = await rate(MESSAGES, CLIENTS, async (n) => {
    ids.push((await ok('POST', messagesOf(n % DEVICES), { data: { n: String(n) } })).id)
  })
  // The newest, and a sample of the others: asking for each would be most of the load.
  const asked = ids.filter((_, n) => n % 50 === 0 || n >= ids.length - 200)
  for (const id of asked) {
    while ((await ok('GET', `${server.url}/v1/apps/default/messages/${id}`)).state !== 'settled') await setTimeout(5)
  }
  const recordedPerSecond = (MESSAGES * 1000) / (performance.now() - since)
  return {
    handshakesPerSecond: Math.round(handshakesPerSecond),
    idleMedianMs: idle[idle.length >> 1],
    idleP99Ms: idle[Math.floor(idle.length * 0.99)],
    acceptedPerSecond: Math.round(acceptedPerSecond),
    recordedPerSecond: Math.round(recordedPerSecond),
  }
}

/** Milliseconds from the 202 to the arrival, by the machine's clock, sorted. */
async function idleLatencies(device: string, messagesUrl: string): Promise<number[]> {
  const latencies: number[] = []
  let { last } = await ok('GET', `${emulator.url}/devices/${device}/inbox`)
  for (let n = 0; n < IDLE_MESSAGES; n++) {
    await ok('POST', messagesUrl, { data: { n: String(n) } })
    const acceptedAt = Date.now()
    const { messages } = await ok('GET', `${emulator.url}/devices/${device}/inbox?after=${last}&wait=10000`)
    last = messages.at(-1).sequence
    latencies.push(messages.at(-1).receivedAt - acceptedAt)
  }
  return latencies.toSorted((a, b) => a - b)
}
