// `npm run bench:serve`: how long `sendword serve` takes until it is ready, on a new data folder and on one that is there, and
// what memory it holds, idle and after many messages. Writes bench/serve.json.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { createApiClient, rateOf } from './api-client.ts'
import { insertDevices } from './many-devices.ts'
import { everyone, warmUp } from './measured-broadcast.ts'
import { startMeasured } from './measured-process.ts'
import { median, only, readSizes, record, rounded, say } from './run.ts'
import { environment, MAIN, openSite, startTarget } from './site.ts'
import { readTarget } from './target.ts'

const sizes = readSizes('bench:serve', {
  starts: { default: '5', about: 'Starts of each kind.' },
  devices: { default: '100000', about: 'Messages of a broadcast, after which memory is looked at.' },
  singles: { default: '20000', about: 'Single messages over HTTP, after which memory is looked at.' },
  quiet: { default: '15', about: 'Seconds of quiet before a look at memory.' },
})

const first = []
const again = []
for (let n = 0; n < only(sizes.starts); n++) {
  const { firstMs, againMs } = await measureStarts()
  say(`ready after ${firstMs} ms on a new folder, ${againMs} ms on one that is there`)
  first.push(firstMs)
  again.push(againMs)
}
const memory = await measureMemory()
await record('serve.json', { firstStartMs: median(first), startMs: median(again), starts: { first, again }, memory })

async function measureStarts() {
  const target = await startTarget()
  const folder = await mkdtemp(join(tmpdir(), 'sendword-bench-'))
  await chmod(folder, 0o755)
  const env = await environment(folder, await readTarget(target.controlUrl))
  const data = join(folder, 'data')
  try {
    return { firstMs: await untilReady(data, env), againMs: await untilReady(data, env) }
  } finally {
    await target.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Milliseconds from the start of the process to the first 200 of /readyz; PostgreSQL is started, too, and stopped again. */
async function untilReady(data: string, env: Readonly<Record<string, string>>): Promise<number> {
  const since = performance.now()
  const server = await startMeasured(MAIN, ['serve', '--data', data, '--port', '0', '--json'], env)
  while (!(await fetch(`${server.announced.url}/readyz`)).ok) await setTimeout(1)
  const ms = performance.now() - since
  await server.stop()
  return rounded(ms, 0)
}

async function measureMemory() {
  const devices = only(sizes.devices)
  await using site = await openSite()
  await insertDevices(site.database, { to: devices })
  const server = await site.startServer()
  const look = async (what: string) => {
    await setTimeout(only(sizes.quiet) * 1000)
    const { rssMb, heapMb } = server.memory()
    say(`${what}: ${rssMb.toFixed(0)} MB, of them ${heapMb.toFixed(0)} MB of objects`)
    return { rssMb: rounded(rssMb, 0), heapMb: rounded(heapMb, 0) }
  }
  const idle = await look('idle')
  await warmUp(site)
  await everyone(site, devices)
  const afterBroadcast = await look(`after a broadcast to ${devices}`)
  const api = createApiClient(server.url, 32)
  await rateOf(only(sizes.singles), 32, (n) =>
    api.post(`/v1/apps/default/devices/device-${n % devices}/messages`, { data: { n: String(n) } }),
  )
  api.close()
  return { idle, afterBroadcast, afterSingles: await look(`after ${only(sizes.singles)} single messages`) }
}
