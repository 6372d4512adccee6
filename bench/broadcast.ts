// `npm run bench:broadcast`: real broadcasts, to everyone, through fan-out and slices, every result recorded; by one worker
// process and by two. Writes bench/broadcast.json.
//
// Speed: what a message costs, beside the bare protocol in the same round. Size: time, memory, jobs and disk as the audience
// grows; the worker of the largest one is killed half-way, and another one goes on.
import { runContestant } from './contest.ts'
import { insertDevices } from './many-devices.ts'
import { type Cost, type Crash, costOf, everyone, killedHalfWay, warmUp } from './measured-broadcast.ts'
import { median, only, readSizes, record, recorded, rounded, say } from './run.ts'
import { openSite, type Site } from './site.ts'
import { type Figures, type Round, summaryOf } from './speed-summary.ts'

const sizes = readSizes('bench:broadcast', {
  devices: { default: '100000', about: 'Devices of a round for speed.' },
  rounds: { default: '3', about: 'Rounds for speed.' },
  'raw-in-flight': { default: '100,200,500', about: 'Requests in flight of the bare protocol; the best counts.' },
  sizes: { default: '10000,100000,1000000', about: 'Devices of each broadcast for size, the least first.' },
})

const speed = only(sizes.rounds) > 0 ? await measureSpeed() : undefined
const bySize = []
for (const devices of sizes.sizes) if (devices > 0) bySize.push(await measureSize(devices))
// Without rounds, or without sizes, that half of what is on record stays.
const earlier = await recorded('broadcast.json')
await record('broadcast.json', {
  speed: speed ?? earlier?.speed,
  bySize: bySize.length > 0 ? bySize : earlier?.bySize,
})

async function measureSpeed() {
  const devices = only(sizes.devices)
  await using site = await openSite()
  await insertDevices(site.database, { to: devices })
  const rounds: Round[] = []
  const costs: Cost[] = []
  for (let round = 1; round <= only(sizes.rounds); round++) {
    const figures: Record<string, Figures> = {}
    for (const inFlight of sizes['raw-in-flight']) {
      figures[`raw-${inFlight}`] = await runRaw(site, devices, inFlight)
    }
    for (const workers of [1, 2]) {
      const cost = await broadcastBy(site, devices, workers)
      costs.push(cost)
      figures[`sendword-${workers}`] = cost
    }
    rounds.push(figures)
    say(
      `round ${round}: ${Object.entries(figures)
        .map(([name, { cpuMicros }]) => `${name} ${cpuMicros} µs`)
        .join(', ')}`,
    )
  }
  return { devices, ...summaryOf(rounds), disk: diskOf(costs), rounds }
}

/** Bytes of a message, medians. */
function diskOf(costs: readonly Cost[]) {
  return {
    ledgerBytes: median(costs.map((cost) => cost.ledgerBytes)),
    walBytes: median(costs.map((cost) => cost.walBytes)),
  }
}

async function runRaw(site: Site, devices: number, inFlight: number): Promise<Figures> {
  const { messages, cpuMs, wallMs } = await runContestant({
    ...{ name: 'raw-http2', file: 'raw-http2', args: [`${inFlight}`] },
    ...{ controlUrl: site.target.controlUrl, messages: `${devices}` },
  })
  return {
    cpuMicros: rounded((cpuMs * 1000) / messages),
    databaseMicros: 0,
    messagesPerSecond: rounded((messages * 1000) / wallMs, 0),
  }
}

async function broadcastBy(site: Site, devices: number, count: number): Promise<Cost> {
  const workers = []
  for (let n = 0; n < count; n++) workers.push(await site.startWorker())
  await warmUp(site)
  const cost = await costOf(site, workers, () => everyone(site, devices))
  for (const worker of workers) await worker.stop()
  return cost
}

async function measureSize(devices: number) {
  await using site = await openSite()
  await insertDevices(site.database, { to: devices })
  const workers = [await site.startWorker()]
  await warmUp(site)
  let crash: Crash | undefined
  const cost = await costOf(site, workers, async () => {
    if (devices < Math.max(...sizes.sizes)) return await everyone(site, devices)
    const broadcast = await killedHalfWay(site, workers, devices)
    crash = broadcast.crash
    return broadcast
  })
  say(`${devices} devices: ${cost.seconds} s, ${cost.peakRssMb} MB at most, ${cost.jobs} jobs`)
  if (crash) say(`killed half-way: ${JSON.stringify(crash)}`)
  return { devices, ...cost, ...(crash && { crash }) }
}
