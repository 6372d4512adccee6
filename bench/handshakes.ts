// `npm run bench:handshakes`: whole handshakes over HTTP a second (register, the push with the secret arrives, confirm), as the
// registry grows by millions of devices. This process is the devices and their push service. Writes bench/handshakes.json.
import { createApiClient, rateOf } from './api-client.ts'
import { type Arrival, startFcmTarget } from './fcm-target.ts'
import { insertDevices } from './many-devices.ts'
import { median, only, readSizes, record, rounded, say } from './run.ts'
import { openFolder } from './site.ts'
import { deviceToken } from './target.ts'

const sizes = readSizes('bench:handshakes', {
  stored: { default: '0,1000000,2000000,4000000', about: 'Devices that are stored already, growing.' },
  handshakes: { default: '2000', about: 'Handshakes of a round.' },
  clients: { default: '32', about: 'Handshakes at once.' },
  rounds: { default: '3', about: 'Rounds at each size.' },
})
const clients = only(sizes.clients)
const handshakes = only(sizes.handshakes)
/** Of numbers that no stored device has. */
const FIRST_NEW = 5_000_000
const SECRET = /"confirmationToken":"([^"]+)"/

const waiting = new Map<number, (secret: string) => void>()
const push = await startFcmTarget(({ device, body }: Arrival) => {
  waiting.get(device)?.(SECRET.exec(body)?.[1] ?? '')
  waiting.delete(device)
})
await using site = await openFolder(push.target)
const server = await site.startServer()
const api = createApiClient(server.url, clients)
let next = FIRST_NEW

await rateOf(500, clients, () => handshake(next++))
const results = []
let stored = 0
for (const size of sizes.stored) {
  await insertDevices(site.database, { from: stored, to: size, withRegistrations: true })
  stored = size
  const rounds = []
  for (let round = 0; round < only(sizes.rounds); round++) rounds.push(await measure())
  const figures = {
    stored,
    perSecond: median(rounds.map(({ perSecond }) => perSecond)),
    serverMicros: median(rounds.map(({ serverMicros }) => serverMicros)),
    databaseMicros: median(rounds.map(({ databaseMicros }) => databaseMicros)),
    ...(await bytesOf(stored)),
  }
  say(JSON.stringify(figures))
  results.push({ ...figures, rounds })
}
api.close()
await record('handshakes.json', { handshakes, clients, results })
await site[Symbol.asyncDispose]()
process.exit(0)

async function handshake(n: number): Promise<void> {
  const deviceId = `new-device-${n}`
  const arrival = new Promise<string>((resolve) => waiting.set(n, resolve))
  await api.post('/v1/apps/default/registrations', { deviceId, transport: 'fcm', address: deviceToken(n) })
  const confirmationToken = await arrival
  await api.post('/v1/apps/default/confirmations', { deviceId, confirmationToken })
}

async function measure() {
  const before = { server: server.processorTime(), database: site.databaseTime() }
  const perSecond = await rateOf(handshakes, clients, () => handshake(next++))
  const each = (ms: number) => rounded((ms * 1000) / handshakes, 0)
  return {
    perSecond: rounded(perSecond, 0),
    serverMicros: each(server.processorTime() - before.server),
    databaseMicros: each(site.databaseTime() - before.database),
  }
}

/** Of a device with its registration and all indexes; nothing while there are none. */
async function bytesOf(devices: number) {
  if (devices === 0) return {}
  const [row] = await site.database.execute<{ device: number; registration: number }>(
    `SELECT pg_total_relation_size('sendword.device')::float8 AS device,
            pg_total_relation_size('sendword.registration')::float8 AS registration`,
  )
  return {
    deviceBytes: rounded((row?.device ?? 0) / devices, 0),
    registrationBytes: rounded((row?.registration ?? 0) / devices, 0),
  }
}
