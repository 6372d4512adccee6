// The Web Push transport against its emulator, as the contract and Web Push's own tests use it.
import { createEmulator, type EmulatedWebPushOptions, type VirtualDevice } from '../../src/emulator/create-emulator.ts'
import type { WebPushOptions } from '../../src/transports/webpush/options.ts'
import { createWebPushTransport } from '../../src/transports/webpush/transport.ts'
import { newVapidKeyTexts } from '../../src/transports/webpush/vapid-keys.ts'
import { createShiftedClock, type ShiftedClock } from '../kit/shifted-clock.ts'
import {
  CONNECTION_EFFECTS,
  DEVICE_STATES,
  type EmulatedHarness,
  type EmulatedHarnessInput,
  emulatedHarness,
} from './emulated-harness.ts'
import type { HarnessOptions } from './transport-harness.ts'

export interface WebPushHarness extends EmulatedHarness<WebPushOptions> {
  readonly clock: ShiftedClock
}

const EFFECTS: EmulatedHarnessInput<WebPushOptions>['effects'] = {
  'message rejected': { kind: 'error', code: 'InvalidTopic' },
  // Windows' word for 429, as the sender of a channel.
  'sender throttled without Retry-After': { kind: 'status', status: 406 },
  'sender throttled for 120 s': { kind: 'status', status: 406, retryAfter: 120 },
  'sender throttled until a date 120 s ahead': { kind: 'status', status: 406, retryAfter: 'date:120000' },
  'internal error': { kind: 'error', code: 'General' },
  'credential refused': { kind: 'error', code: 'InvalidAuthentication' },
  ...CONNECTION_EFFECTS,
  // The answer has no body that could be torn.
  'torn answer, message taken': { kind: 'stream-reset', delivers: true },
  // All of 2xx says that the message was taken, whatever comes along.
  'garbage answer': { kind: 'status', status: 302, body: '<html>\0Something else answers here.</html>' },
  'server going away': { kind: 'goaway' },
}

const TWO_HOURS_MS = 7_200_000

export interface WebPushHarnessOptions extends HarnessOptions {
  readonly options?: WebPushOptions
  readonly emulated?: EmulatedWebPushOptions
}

export async function createWebPushHarness(input: WebPushHarnessOptions): Promise<WebPushHarness> {
  const { timeoutMs, options, emulated } = input
  const emulator = await createEmulator({ webpush: emulated })
  const { host, hostname } = new URL(emulator.services.webpush.url)
  const vapid = { ...newVapidKeyTexts(), subject: 'mailto:ops@example.com' }
  const clock = createShiftedClock()
  const harness = emulatedHarness<WebPushOptions>({
    emulator,
    service: 'webpush',
    effects: EFFECTS,
    expireCredential() {
      // Old enough to be signed anew.
      clock.advance(TWO_HOURS_MS)
      emulator.faults.add({ service: 'webpush', times: 1, effect: { kind: 'error', code: 'InvalidAuthentication' } })
    },
    create: (given = options, parts) =>
      createWebPushTransport({
        options: {
          vapid,
          allowedHosts: [host],
          allowPrivateAddresses: [hostname],
          ca: emulator.ca,
          timeoutMs,
          ...given,
        },
        ...parts,
        clock,
      }),
    device(condition) {
      const device = emulator.devices.create({ service: 'webpush', state: DEVICE_STATES[condition] })
      return { address: device.address, arrived: () => device.inbox.map(({ plaintext }) => numberIn(plaintext)) }
    },
    secrets: [vapid.privateKey],
    secretOf: ({ authorization }) => /t=([^,]+)/.exec(authorization ?? '')?.[1],
  })
  return { ...harness, clock }
}

function numberIn(plaintext: VirtualDevice['inbox'][number]['plaintext']): string {
  const { data } = JSON.parse(plaintext ?? '{}') as { readonly data?: Readonly<Record<string, string>> }
  return data?.n ?? ''
}
