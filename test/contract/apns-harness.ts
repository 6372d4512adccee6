// APNs' transport against its emulator, as the contract and APNs' own tests use it.
import { createEmulator, type EmulatedApnsOptions } from '../../src/emulator/create-emulator.ts'
import type { ApnsOptions } from '../../src/transports/apns/options.ts'
import { createApnsTransport } from '../../src/transports/apns/transport.ts'
import {
  CONNECTION_EFFECTS,
  DEVICE_STATES,
  type EmulatedHarness,
  type EmulatedHarnessInput,
  emulatedHarness,
} from './emulated-harness.ts'
import type { HarnessOptions } from './transport-harness.ts'

export type ApnsHarness = EmulatedHarness<ApnsOptions>

const EFFECTS: EmulatedHarnessInput<ApnsOptions>['effects'] = {
  'message rejected': { kind: 'error', code: 'BadPriority' },
  'sender throttled without Retry-After': { kind: 'error', code: 'ServiceUnavailable' },
  'sender throttled for 120 s': { kind: 'status', status: 503, retryAfter: 120 },
  'sender throttled until a date 120 s ahead': { kind: 'status', status: 503, retryAfter: 'date:120000' },
  'internal error': { kind: 'error', code: 'InternalServerError' },
  'credential refused': { kind: 'error', code: 'InvalidProviderToken' },
  ...CONNECTION_EFFECTS,
  'server going away': { kind: 'goaway' },
}

export interface ApnsHarnessOptions extends HarnessOptions {
  readonly options?: ApnsOptions
  readonly emulated?: EmulatedApnsOptions
}

export async function createApnsHarness({ timeoutMs, options, emulated }: ApnsHarnessOptions): Promise<ApnsHarness> {
  const emulator = await createEmulator({ apns: emulated })
  const { key, keyId, teamId, bundleId: topic } = emulator.credentials.apns
  const account = { key, keyId, teamId, topic }
  return emulatedHarness<ApnsOptions>({
    emulator,
    service: 'apns',
    effects: EFFECTS,
    expireCredential: () => emulator.expireTokens('apns'),
    create: (given = options, parts) =>
      createApnsTransport({
        options: { ...account, ...emulator.services.apns, ca: emulator.ca, timeoutMs, ...given },
        ...parts,
      }),
    device(condition) {
      const device = emulator.devices.create({ service: 'apns', state: DEVICE_STATES[condition] })
      return { address: device.address, arrived: () => device.inbox.map(({ data }) => data.n ?? '') }
    },
    secrets: [key],
    secretOf: ({ authorization }) => authorization?.replace('bearer ', ''),
  })
}
