// `npm run bench:beside`: single messages while a broadcast runs, and with nothing beside them: the time from the 202 to the
// arrival at the push service. One server process accepts, fans out and delivers. Writes bench/beside.json.
import { setTimeout } from 'node:timers/promises'
import { createApiClient } from './api-client.ts'
import { preciseNow } from './fcm-target.ts'
import { insertDevices } from './many-devices.ts'
import { warmUp } from './measured-broadcast.ts'
import { only, percentile, readSizes, record, rounded, say } from './run.ts'
import { openSite } from './site.ts'

const sizes = readSizes('bench:beside', {
  devices: { default: '300000', about: 'Devices of the broadcast.' },
  every: { default: '50', about: 'Milliseconds between two single messages.' },
  idle: { default: '600', about: 'Single messages with nothing beside them.' },
})
/** Of the broadcast, before single messages are sent. */
const UNDER_WAY = 5_000
const CLIENTS = 16
const QUIET_MS = 2_000

await using site = await openSite()
await insertDevices(site.database, { to: only(sizes.devices) })
const server = await site.startServer()
const api = createApiClient(server.url, CLIENTS)
await warmUp(site)
for (let n = 0; n < 50; n++) await send(n)
await setTimeout(QUIET_MS)

await site.target.reset()
const idle = await latencies((sent) => sent < only(sizes.idle))
say(`idle: ${JSON.stringify(idle)}`)

await site.target.reset()
const content = { data: { greeting: 'hello' } }
const { id } = await site.core.messages.publish({ app: 'default', audience: { everyone: true }, content })
while ((await site.target.counts()).received < UNDER_WAY) await setTimeout(20)
const began = { at: performance.now(), received: (await site.target.counts()).received }
let isOver = false
const over = site.core.messages.settled(id).then(() => {
  isOver = true
})
const beside = await latencies(() => !isOver)
await over
const broadcastPerSecond = ((only(sizes.devices) - began.received) * 1000) / (performance.now() - began.at)
say(`beside a broadcast: ${JSON.stringify(beside)}`)
api.close()
await record('beside.json', {
  devices: only(sizes.devices),
  ...{ idle, beside, broadcastPerSecond: rounded(broadcastPerSecond, 0) },
})

async function send(n: number): Promise<number> {
  await api.post(`/v1/apps/default/devices/device-${n % only(sizes.devices)}/messages`, { data: { n: String(n) } })
  return preciseNow()
}

/** Sends at a steady pace, however long each takes; answers once all have arrived. */
async function latencies(goesOn: (sent: number) => boolean) {
  const accepted: Array<Promise<number>> = []
  const answered: number[] = []
  for (let n = 0; goesOn(n); n++) {
    const asked = performance.now()
    accepted.push(
      send(n).then((at) => {
        answered.push(performance.now() - asked)
        return at
      }),
    )
    await setTimeout(only(sizes.every))
  }
  const times = await Promise.all(accepted)
  let arrivals = await site.target.arrivals()
  while (arrivals.size < times.length) {
    await setTimeout(100)
    arrivals = await site.target.arrivals()
  }
  const waits = times.map((at, n) => Math.max(0, (arrivals.get(n) ?? Number.NaN) - at))
  return {
    messages: times.length,
    p50Ms: rounded(percentile(waits, 0.5)),
    p99Ms: rounded(percentile(waits, 0.99)),
    maxMs: rounded(Math.max(...waits)),
    /** From the request to the 202. */
    answerP50Ms: rounded(percentile(answered, 0.5)),
    answerP99Ms: rounded(percentile(answered, 0.99)),
  }
}
