// FCM's transport against its emulator, as the contract and FCM's own tests use it.
import { createEmulator, type EmulatedFcmOptions } from '../../src/emulator/create-emulator.ts'
import type { FcmOptions } from '../../src/transports/fcm/options.ts'
import { createFcmTransport } from '../../src/transports/fcm/transport.ts'
import {
  CONNECTION_EFFECTS,
  DEVICE_STATES,
  type EmulatedHarness,
  type EmulatedHarnessInput,
  emulatedHarness,
} from './emulated-harness.ts'
import type { HarnessOptions } from './transport-harness.ts'

export type FcmHarness = EmulatedHarness<FcmOptions>

const EFFECTS: EmulatedHarnessInput<FcmOptions>['effects'] = {
  'message rejected': { kind: 'error', code: 'INVALID_ARGUMENT' },
  'sender throttled without Retry-After': { kind: 'status', status: 503 },
  'sender throttled for 120 s': { kind: 'error', code: 'UNAVAILABLE', retryAfter: 120 },
  'sender throttled until a date 120 s ahead': { kind: 'error', code: 'UNAVAILABLE', retryAfter: 'date:120000' },
  'internal error': { kind: 'error', code: 'INTERNAL' },
  'credential refused': { kind: 'error', code: 'UNAUTHENTICATED' },
  ...CONNECTION_EFFECTS,
  'server going away': { kind: 'goaway' },
}

export interface FcmHarnessOptions extends HarnessOptions {
  readonly options?: FcmOptions
  readonly emulated?: EmulatedFcmOptions
}

export async function createFcmHarness({ timeoutMs, options, emulated }: FcmHarnessOptions): Promise<FcmHarness> {
  const emulator = await createEmulator({ fcm: emulated })
  const { serviceAccount, projectId } = emulator.credentials.fcm
  const { url, tokenUrl } = emulator.services.fcm
  return emulatedHarness<FcmOptions>({
    emulator,
    service: 'fcm',
    effects: EFFECTS,
    expireCredential: () => emulator.expireTokens('fcm'),
    create: (given = options, parts) =>
      createFcmTransport({
        options: { serviceAccount, projectId, url, tokenUrl, ca: emulator.ca, timeoutMs, ...given },
        ...parts,
      }),
    device(condition) {
      const device = emulator.devices.create({ service: 'fcm', state: DEVICE_STATES[condition] })
      return { address: device.address, arrived: () => device.inbox.map(({ data }) => data.n ?? '') }
    },
    secrets: [serviceAccount.private_key],
    secretOf: ({ authorization }) => authorization?.replace('Bearer ', ''),
  })
}
