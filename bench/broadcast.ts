// `npm run bench:broadcast`: real broadcasts, to everyone, through fan-out and slices, every result recorded; by one worker
// process and by two. Writes bench/broadcast.json.
//
// Speed: what a message costs, beside the bare protocol in the same round. Size: time, memory, jobs and disk as the audience
// grows. Crash: the worker of the largest one is killed half-way.
import { runContestant } from './contest.ts'
import { insertDevices } from './many-devices.ts'
import { type Cost, costOf, everyone, killedHalfWay, warmUp } from './measured-broadcast.ts'
import { median, only, readSizes, record, rounded, say } from './run.ts'
import { openSite, type Site } from './site.ts'

const sizes = readSizes('bench:broadcast', {
  devices: { default: '100000', about: 'Devices of a round for speed.' },
  rounds: { default: '3', about: 'Rounds for speed.' },
  'raw-in-flight': { default: '100,200,500', about: 'Requests in flight of the bare protocol; the best counts.' },
  sizes: { default: '10000,100000,1000000', about: 'Devices of each broadcast for size, the least first.' },
})

const speed = only(sizes.rounds) > 0 ? await measureSpeed() : undefined
const bySize = []
for (const devices of sizes.sizes) if (devices > 0) bySize.push(await measureSize(devices))
await record('broadcast.json', { speed, bySize })

type Round = Readonly<Record<string, Pick<Cost, 'cpuMicros' | 'databaseMicros' | 'messagesPerSecond'>>>

async function measureSpeed() {
  const devices = only(sizes.devices)
  await using site = await openSite()
  await insertDevices(site.database, { to: devices })
  const rounds: Round[] = []
  const costs: Cost[] = []
  for (let round = 1; round <= only(sizes.rounds); round++) {
    const figures: Record<string, Round[string]> = {}
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

/** Medians; what is compared is of the same round. */
function summaryOf(rounds: readonly Round[]) {
  const names = Object.keys(rounds[0] ?? {})
  const medianOf = (name: string, figure: keyof Round[string]) =>
    median(rounds.map((round) => round[name]?.[figure] ?? 0))
  const rawNames = names.filter((name) => name.startsWith('raw-'))
  const best = rawNames.toSorted((a, b) => medianOf(a, 'cpuMicros') - medianOf(b, 'cpuMicros'))[0] ?? ''
  return {
    bestRaw: best,
    contestants: Object.fromEntries(
      names.map((name) => [
        name,
        {
          cpuMicros: medianOf(name, 'cpuMicros'),
          timesRaw: rounded(median(rounds.map((round) => ratio(round[name], round[best]))), 2),
          databaseMicros: medianOf(name, 'databaseMicros'),
          messagesPerSecond: medianOf(name, 'messagesPerSecond'),
        },
      ]),
    ),
  }
}

function ratio(one: Round[string] | undefined, other: Round[string] | undefined): number {
  return (one?.cpuMicros ?? Number.NaN) / (other?.cpuMicros ?? Number.NaN)
}

/** Bytes of a message, medians. */
function diskOf(costs: readonly Cost[]) {
  return {
    ledgerBytes: median(costs.map((cost) => cost.ledgerBytes)),
    walBytes: median(costs.map((cost) => cost.walBytes)),
  }
}

async function runRaw(site: Site, devices: number, inFlight: number): Promise<Round[string]> {
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
  const worker = await site.startWorker()
  await warmUp(site)
  const cost = await costOf(site, [worker], () => everyone(site, devices))
  say(`${devices} devices: ${cost.seconds} s, ${cost.peakRssMb} MB at most, ${cost.jobs} jobs`)
  const isLargest = devices === Math.max(...sizes.sizes)
  const crash = isLargest ? await killedHalfWay(site, worker, devices) : undefined
  if (crash) say(`killed half-way: ${JSON.stringify(crash)}`)
  return { devices, ...cost, ...(crash && { crash }) }
}
