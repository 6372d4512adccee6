// Kills `serve`, its PostgreSQL, or both, at random moments while messages are accepted and delivered, and counts what
// became of every message that was answered 202.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../../src/database/open-database.ts'
import { createEmulator, type Emulator, type VirtualDevice } from '../../src/emulator/create-emulator.ts'
import { systemClock } from '../../src/util/clock.ts'
import { silentLogger } from '../../src/util/logger.ts'
import { freePort } from '../kit/free-port.ts'
import { type Load, startLoad } from './load.ts'
import { killPostgres, pause, type ServeProcess, startServe, untilDatabaseIsBack } from './serve-process.ts'

const DEVICES = 20
/** Long enough that many sends are under way at any moment. */
const ANSWER_DELAY_MS = 20
const LOAD_MS = { min: 300, spread: 1500 }
/** Without any arrival for so long, what is missing is lost. */
const QUIET_MS = 60_000
const API_KEY = 'soak-key-of-at-least-24-characters'

const VICTIMS = ['serve', 'postgres', 'both'] as const
type Victim = (typeof VICTIMS)[number]

export interface SoakReport {
  readonly rounds: Readonly<Record<Victim, number>>
  readonly accepted: number
  readonly arrived: number
  /** Accepted, and never arrived. */
  readonly lost: number
  /** Arrived more than once. */
  readonly doubled: number
  /** At the moments of the kills: had arrived, and their results were not yet recorded. */
  readonly inFlight: number
  /** Doubled although they were not in flight at any kill. */
  readonly doubledNotInFlight: number
  readonly registrations: number
  readonly registrationsLost: number
  readonly surprises: readonly string[]
}

export interface SoakInput {
  readonly rounds: number
  readonly onRound?: (round: number, victim: Victim, accepted: number) => void
}

export async function runCrashRounds({ rounds, onRound }: SoakInput): Promise<SoakReport> {
  const folder = await mkdtemp(join(tmpdir(), 'sendword-soak-'))
  await chmod(folder, 0o755)
  const emulator = await createEmulator()
  const site = { folder, port: await freePort(), emulatorUrl: emulator.url, apiKey: API_KEY }
  const killed = { serve: 0, postgres: 0, both: 0 }
  const inFlight = new Set<string>()
  let serve = await startServe(site)
  try {
    const devices = await confirmDevices(emulator, serve.url)
    emulator.faults.add({ service: 'c2dm', effect: { kind: 'delay', ms: ANSWER_DELAY_MS } })
    const load = startLoad({ url: serve.url, apiKey: API_KEY, emulator, deviceIds: [...devices.keys()] })
    for (let round = 1; round <= rounds; round++) {
      await pause(LOAD_MS.min + Math.random() * LOAD_MS.spread)
      // Each victim is met before any comes a second time.
      const victim = VICTIMS[round % VICTIMS.length] as Victim
      killed[victim]++
      serve = await crash(serve, site, victim, async () => {
        for (const n of await unrecorded(folder, devices)) inFlight.add(n)
      })
      onRound?.(round, victim, load.accepted.size)
    }
    await load.stop()
    emulator.faults.clear()
    await untilQuiet(devices, load)
    return report({ killed, load, devices, inFlight })
  } finally {
    await serve.stop()
    await emulator.close()
    await rm(folder, { recursive: true, force: true })
  }
}

async function confirmDevices(emulator: Emulator, url: string): Promise<Map<string, VirtualDevice>> {
  const devices = new Map<string, VirtualDevice>()
  for (let n = 0; n < DEVICES; n++) {
    const device = emulator.devices.create()
    await device.handshake({ url: `${url}/c2dm`, deviceId: `soak-device-${n}` })
    devices.set(`soak-device-${n}`, device)
  }
  return devices
}

async function crash(
  serve: ServeProcess,
  site: Parameters<typeof startServe>[0],
  victim: Victim,
  inspect: () => Promise<void>,
): Promise<ServeProcess> {
  if (victim === 'postgres') {
    await killPostgres(site.folder)
    await untilDatabaseIsBack(serve.url)
    return serve
  }
  const dead = serve.kill()
  if (victim === 'both') await killPostgres(site.folder)
  await dead
  await inspect()
  return await startServe(site)
}

function arrivals(devices: ReadonlyMap<string, VirtualDevice>): Map<string, number> {
  const counts = new Map<string, number>()
  for (const device of devices.values()) {
    for (const { data } of device.inbox) if (data.n) counts.set(data.n, (counts.get(data.n) ?? 0) + 1)
  }
  return counts
}

/** What has arrived, while its result is not in the ledger. */
async function unrecorded(folder: string, devices: Map<string, VirtualDevice>): Promise<string[]> {
  const arrived = arrivals(devices)
  const database = await openDatabase({ database: folder, poolSize: 1, logger: silentLogger, clock: systemClock })
  try {
    const rows = await database.execute<{ n: string }>(
      `SELECT m.content->'data'->>'n' AS n FROM sendword.message m
         JOIN sendword.delivery d ON d.released_on = m.released_on AND d.message_id = m.id`,
    )
    const recorded = new Set(rows.map(({ n }) => n))
    return [...arrived.keys()].filter((n) => !recorded.has(n))
  } finally {
    await database.close()
  }
}

async function untilQuiet(devices: Map<string, VirtualDevice>, load: Load): Promise<void> {
  let before = -1
  let since = Date.now()
  for (;;) {
    const missing = [...load.accepted].length - countArrived(devices, load) + unpushed(load)
    if (missing === 0) return
    if (missing !== before) since = Date.now()
    else if (Date.now() - since > QUIET_MS) return
    before = missing
    await pause(100)
  }
}

function countArrived(devices: Map<string, VirtualDevice>, load: Load): number {
  const arrived = arrivals(devices)
  return [...load.accepted].filter((n) => arrived.has(n)).length
}

function unpushed(load: Load): number {
  return load.registered.filter(({ inbox }) => inbox.length === 0).length
}

interface Counted {
  readonly killed: SoakReport['rounds']
  readonly load: Load
  readonly devices: Map<string, VirtualDevice>
  readonly inFlight: ReadonlySet<string>
}

function report({ killed, load, devices, inFlight }: Counted): SoakReport {
  const arrived = arrivals(devices)
  const doubled = [...arrived].filter(([, times]) => times > 1).map(([n]) => n)
  const accepted = load.accepted.size
  const got = countArrived(devices, load)
  return {
    rounds: killed,
    accepted,
    arrived: got,
    lost: accepted - got,
    doubled: doubled.length,
    inFlight: inFlight.size,
    doubledNotInFlight: doubled.filter((n) => !inFlight.has(n)).length,
    registrations: load.registered.length,
    registrationsLost: unpushed(load),
    surprises: load.surprises.slice(0, 5),
  }
}
