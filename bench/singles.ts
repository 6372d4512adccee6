// `npm run bench:singles`: single messages over HTTP, accepted, sent and recorded, by many clients at once; beside them a
// bare route with the same clients in the same round; and who spends the processor's time. Client, server, PostgreSQL and push
// service are processes of their own on one machine. Writes bench/singles.json.
import { setTimeout } from 'node:timers/promises'
import { createApiClient, rateOf } from './api-client.ts'
import { preciseNow } from './fcm-target.ts'
import { insertDevices } from './many-devices.ts'
import { startMeasured } from './measured-process.ts'
import { median, only, percentile, readSizes, record, rounded, say } from './run.ts'
import { openSite, type Site } from './site.ts'

const sizes = readSizes('bench:singles', {
  messages: { default: '30000', about: 'Messages of a round.' },
  clients: { default: '64', about: 'Requests at once.' },
  rounds: { default: '3', about: 'Rounds.' },
  devices: { default: '10000', about: 'Devices that they go to, in turn.' },
})
const messages = only(sizes.messages)
const clients = only(sizes.clients)
const devices = only(sizes.devices)
const POLL_MS = 10
const IDLE = { messages: 300, everyMs: 20 }

await using site = await openSite()
await insertDevices(site.database, { to: devices, withRegistrations: true })
const server = await site.startServer()
const bare = await startMeasured('./bare-route.ts')
const api = createApiClient(server.url, clients)
const bareApi = createApiClient(String(bare.announced.url), clients)
const pathOf = (n: number) => `/v1/apps/default/devices/device-${n % devices}/messages`
const bodyOf = (n: number) => ({ data: { n: String(n) } })

await rateOf(2_000, clients, (n) => api.post(pathOf(n), bodyOf(n)))
await rateOf(2_000, clients, (n) => bareApi.post('/messages', bodyOf(n)))
await recorded(2_000)
const rounds = []
for (let round = 1; round <= only(sizes.rounds); round++) {
  const figures = { bareRoute: await measureBare(), sendword: await measureMessages(2_000 + round * messages) }
  rounds.push(figures)
  say(`round ${round}: ${JSON.stringify(figures)}`)
}
const idle = await measureIdle(site)
api.close()
bareApi.close()
await bare.stop()
await record('singles.json', {
  ...{ messages, clients, devices },
  acceptedPerSecond: median(rounds.map(({ sendword }) => sendword.acceptedPerSecond)),
  recordedPerSecond: median(rounds.map(({ sendword }) => sendword.recordedPerSecond)),
  bareRoutePerSecond: median(rounds.map(({ bareRoute }) => bareRoute.perSecond)),
  timesBareRoute: rounded(
    median(rounds.map(({ sendword, bareRoute }) => sendword.cpuMicros.server / bareRoute.cpuMicros.server)),
  ),
  cpuMicros: {
    client: median(rounds.map(({ sendword }) => sendword.cpuMicros.client)),
    server: median(rounds.map(({ sendword }) => sendword.cpuMicros.server)),
    database: median(rounds.map(({ sendword }) => sendword.cpuMicros.database)),
    target: median(rounds.map(({ sendword }) => sendword.cpuMicros.target)),
  },
  idle,
  rounds,
})

async function measureBare() {
  const before = { client: ownTime(), server: bare.processorTime() }
  const perSecond = await rateOf(messages, clients, (n) => bareApi.post('/messages', bodyOf(n)))
  const each = (ms: number) => rounded((ms * 1000) / messages)
  return {
    perSecond: rounded(perSecond, 0),
    cpuMicros: { client: each(ownTime() - before.client), server: each(bare.processorTime() - before.server) },
  }
}

/** @param total Of all messages so far, once these are recorded. */
async function measureMessages(total: number) {
  const times = () => ({
    client: ownTime(),
    server: server.processorTime(),
    database: site.databaseTime(),
    target: site.target.processorTime(),
  })
  const before = times()
  const since = performance.now()
  const acceptedPerSecond = await rateOf(messages, clients, (n) => api.post(pathOf(n), bodyOf(n)))
  await recorded(total)
  const recordedPerSecond = (messages * 1000) / (performance.now() - since)
  const after = times()
  const each = (who: keyof typeof before) => rounded(((after[who] - before[who]) * 1000) / messages)
  return {
    acceptedPerSecond: rounded(acceptedPerSecond, 0),
    recordedPerSecond: rounded(recordedPerSecond, 0),
    cpuMicros: { client: each('client'), server: each('server'), database: each('database'), target: each('target') },
  }
}

/** Milliseconds of this process, which is the client. */
function ownTime(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Resolves when the ledger has so many results. */
async function recorded(total: number): Promise<void> {
  for (;;) {
    const [row] = await site.database.execute<{ count: number }>('SELECT count(*)::int FROM sendword.delivery')
    if ((row?.count ?? 0) >= total) return
    await setTimeout(POLL_MS)
  }
}

/** Milliseconds from the 202 to the arrival, on a server that has nothing else to do. */
async function measureIdle({ target }: Site) {
  await target.reset()
  const accepted: number[] = []
  for (let n = 0; n < IDLE.messages; n++) {
    await api.post(pathOf(n), bodyOf(n))
    accepted.push(preciseNow())
    await setTimeout(IDLE.everyMs)
  }
  await setTimeout(1_000)
  const arrivals = await target.arrivals()
  const latencies = accepted.map((at, n) => Math.max(0, (arrivals.get(n) ?? Number.POSITIVE_INFINITY) - at))
  return { p50Ms: rounded(percentile(latencies, 0.5)), p99Ms: rounded(percentile(latencies, 0.99)) }
}
