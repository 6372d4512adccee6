// C2DM's transport against its emulator, as the contract and C2DM's own tests use it.
import { createEmulator, type EmulatorOptions } from '../../src/emulator/create-emulator.ts'
import type { C2dmOptions } from '../../src/transports/c2dm/options.ts'
import { createC2dmTransport } from '../../src/transports/c2dm/transport.ts'
import {
  CONNECTION_EFFECTS,
  DEVICE_STATES,
  type EmulatedHarness,
  type EmulatedHarnessInput,
  emulatedHarness,
} from './emulated-harness.ts'
import type { HarnessOptions } from './transport-harness.ts'

export type C2dmHarness = EmulatedHarness<C2dmOptions>

const EFFECTS: EmulatedHarnessInput<C2dmOptions>['effects'] = {
  'message rejected': { kind: 'error', code: 'MessageTooBig' },
  'sender throttled without Retry-After': { kind: 'status', status: 503 },
  'sender throttled for 120 s': { kind: 'status', status: 503, retryAfter: 120 },
  'sender throttled until a date 120 s ahead': { kind: 'status', status: 503, retryAfter: 'date:120000' },
  'internal error': { kind: 'status', status: 500, body: '<html>oops</html>' },
  'credential refused': { kind: 'status', status: 401 },
  ...CONNECTION_EFFECTS,
  'server going away': undefined,
}

export interface C2dmHarnessOptions extends HarnessOptions {
  readonly options?: C2dmOptions
  readonly emulated?: EmulatorOptions['c2dm']
}

export async function createC2dmHarness({ timeoutMs, options, emulated }: C2dmHarnessOptions): Promise<C2dmHarness> {
  const emulator = await createEmulator({ c2dm: emulated })
  const { user, password } = emulator.credentials.c2dm
  const { clientLoginUrl, sendUrl } = emulator.services.c2dm
  return emulatedHarness<C2dmOptions>({
    emulator,
    service: 'c2dm',
    effects: EFFECTS,
    expireCredential: () => emulator.expireTokens('c2dm'),
    create: (given = options ?? { ...emulator.credentials.c2dm }, parts) =>
      createC2dmTransport({ options: { clientLoginUrl, c2dmUrl: sendUrl, timeoutMs, ...given }, ...parts }),
    device(condition) {
      const device = emulator.devices.create({ state: DEVICE_STATES[condition] })
      return { address: device.registrationId, arrived: () => device.inbox.map(({ data }) => data.n ?? '') }
    },
    secrets: [user, password],
    secretOf: ({ authorization }) => authorization?.replace('GoogleLogin auth=', ''),
  })
}
