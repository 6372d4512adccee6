// The demo, step by step, over the same doors and API that devices and applications use.
import { type Core, openCore } from '../../app/core.ts'
import { optionsFromEnvironment } from '../../app/options/from-environment.ts'
import { resolveOptions } from '../../app/options/resolve-options.ts'
import { createEmulator, type Emulator, type VirtualDevice } from '../../emulator/create-emulator.ts'
import { createServer, type HttpServer } from '../../http/server.ts'
import type { CommandContext } from '../command-context.ts'
import { emulatedOptions } from '../emulated-options.ts'
import { withLogging } from '../with-core.ts'
import { DEMO_DEVICES, type DemoDevice, dataOf, demoMessage } from './demo-devices.ts'
import { type DemoPage, servePage } from './page-server.ts'
import { createSteps } from './steps.ts'
import { suggestions } from './suggestions.ts'

export interface DemoFlags {
  readonly once?: true
  readonly port: number
  readonly emulatorPort: number
  readonly pagePort: number
}

export interface DemoInput extends DemoFlags {
  /** For the data; removed by the caller. */
  readonly folder: string
}

const WAIT_MS = 30_000

export async function playDemo(context: CommandContext, input: DemoInput): Promise<void> {
  const { terminal, clock, random, stop } = context
  terminal.print('Sendword on this machine: emulated push services, the server and its database.\n')
  const steps = createSteps(context)
  const ends: Array<() => Promise<void>> = []
  try {
    const emulator = await steps.run('Start the emulated push services', async () => {
      const started = await createEmulator({ port: input.emulatorPort, clock, random })
      ends.push(() => started.close())
      return { value: started, shown: started.url }
    })
    const page = input.once
      ? undefined
      : await steps.run('Serve a page that makes a browser a device', async () => {
          const started = await servePage(input.pagePort)
          ends.push(() => started.close())
          return { value: started, shown: started.url }
        })
    const options = await demoOptions(context, { ...input, emulator, page })
    await withLogging(context, options, async (logger) => {
      const core = await steps.run('Create the database, start the workers', async () => {
        const opened = await openCore({ options, logger, clock, random, signal: stop.signal })
        ends.push(() => opened.close(0))
        return { value: opened, shown: opened.location }
      })
      const server = await steps.run('Start the server', async () => {
        const started = await createServer(core, options.http)
        ends.push(() => started.close(0))
        return { value: started, shown: started.url }
      })
      await walk({ context, input, steps, emulator, page, core, server })
    })
  } finally {
    for (const end of ends.reverse()) await end()
  }
}

/** Of the environment only what says how PostgreSQL is found and what is logged: a demo touches no real account. */
async function demoOptions(
  { environment, terminal }: CommandContext,
  { folder, port, emulator, page }: DemoInput & Pick<Walk, 'emulator' | 'page'>,
) {
  const { postgresBin, log } = optionsFromEnvironment(environment)
  const options = {
    database: folder,
    http: { port },
    ...(page && { apps: { default: { corsOrigins: [page.url] } } }),
    log: { level: 'warn' as const, format: terminal.showsNotes ? ('pretty' as const) : ('json' as const), ...log },
    ...(postgresBin !== undefined && { postgresBin }),
  }
  return resolveOptions(await emulatedOptions(options, emulator.url))
}

interface Walk {
  readonly context: CommandContext
  readonly input: DemoInput
  readonly steps: ReturnType<typeof createSteps>
  readonly emulator: Emulator
  /** None with `--once`: nobody would open it. */
  readonly page: DemoPage | undefined
  readonly core: Core
  readonly server: HttpServer
}

async function walk({ context, input, steps, emulator, page, core, server }: Walk): Promise<void> {
  const { terminal, stop } = context
  const { signal } = stop
  const apiKey = core.apiKeys.generate()
  await core.apiKeys.keepFirst(apiKey)
  page?.connect({ serverUrl: server.url, apiKey, autopushUrl: emulator.services.webpush.autopushUrl })
  const receivers: Receiver[] = []
  for (const one of DEMO_DEVICES) {
    const device = emulator.devices.create({ service: one.service })
    receivers.push({ ...one, device })
    await steps.run(`${one.name}: register a device and prove its address`, async () => {
      const { deviceId } = one
      const door = one.service === 'c2dm' ? '/c2dm' : ''
      await device.handshake({ url: server.url + door, deviceId, timeoutMs: WAIT_MS, signal })
      return { value: undefined, shown: `${deviceId} at ${server.url}${door || '/v1/apps/default/registrations'}` }
    })
  }
  const sent = []
  for (const receiver of receivers) {
    const id = await sendTo({ steps, core, signal, apiKey, serverUrl: server.url }, receiver)
    sent.push({ ...receiver, id })
  }
  terminal.print('')
  steps.sum()
  if (input.once) return
  const shown = sent.find(({ service }) => service === 'fcm')
  if (shown) {
    const lines = suggestions({
      apiKey,
      messagesUrl: messagesUrlOf(server.url, shown.deviceId),
      device: shown.device.id,
      emulatorUrl: emulator.url,
      serverUrl: server.url,
      id: shown.id,
      ...(page && { pageUrl: page.url }),
    })
    for (const line of lines) terminal.print(line)
  }
  await stop.received
  terminal.note('Stopping; nothing is left behind.')
}

function messagesUrlOf(serverUrl: string, deviceId: string): string {
  return `${serverUrl}/v1/apps/default/devices/${deviceId}/messages`
}

interface Sending extends Pick<Walk, 'steps' | 'core'> {
  readonly signal: AbortSignal
  readonly apiKey: string
  readonly serverUrl: string
}

interface Receiver extends DemoDevice {
  readonly device: VirtualDevice
}

/** Answers with the message's id. */
async function sendTo({ steps, core, signal, apiKey, serverUrl }: Sending, receiver: Receiver): Promise<string> {
  const { name, deviceId, device } = receiver
  const before = device.lastSequence
  const content = demoMessage(receiver)
  const id = await steps.run(`${name}: send to the device through the API`, async () => {
    const response = await fetch(messagesUrlOf(serverUrl, deviceId), {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(content),
      signal,
    })
    const answer = await response.text()
    if (response.status !== 202) steps.fail(`The API answered ${response.status}: ${answer}`)
    const accepted: { readonly id: string } = JSON.parse(answer)
    return { value: accepted.id, shown: `202, ${accepted.id}` }
  })
  await steps.run(`${name}: see it arrive, and how it ended`, async () => {
    const message = await device.nextMessage({ after: before, timeoutMs: WAIT_MS, signal })
    const data = JSON.stringify(dataOf(message))
    if (data !== JSON.stringify(content.data)) steps.fail('What arrived is not what was sent.')
    const { single } = await core.messages.settled(id, { timeout: WAIT_MS, signal })
    return { value: undefined, shown: `${data}, ${single?.outcome}` }
  })
  return id
}
