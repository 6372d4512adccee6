// C2DM's transport against its emulator, as the contract and C2DM's own tests use it.
import {
  createEmulator,
  type Emulator,
  type EmulatorOptions,
  type FaultEffect,
} from '../../src/emulator/create-emulator.ts'
import type { Transport } from '../../src/model/transport.ts'
import type { C2dmOptions } from '../../src/transports/c2dm/options.ts'
import { createC2dmTransport } from '../../src/transports/c2dm/transport.ts'
import { systemClock } from '../../src/util/clock.ts'
import { systemRandom } from '../../src/util/random.ts'
import { type MemoryCredentialStore, memoryCredentialStore } from '../kit/memory-credential-store.ts'
import { type RecordingLogger, recordingLogger } from '../kit/recording-logger.ts'
import type { ContractDevice, HarnessOptions, TransportHarness, Trouble } from './transport.contract.ts'

export interface C2dmHarness extends TransportHarness {
  readonly emulator: Emulator
  readonly store: MemoryCredentialStore
  readonly logger: RecordingLogger
  /** Another transport on the same store, as another process has it. */
  another(options?: C2dmOptions): Transport
}

const EFFECTS: Readonly<Record<Exclude<Trouble, 'credential expired'>, FaultEffect>> = {
  'message rejected': { kind: 'error', code: 'MessageTooBig' },
  'sender throttled without Retry-After': { kind: 'status', status: 503 },
  'sender throttled for 120 s': { kind: 'status', status: 503, retryAfter: 120 },
  'sender throttled until a date 120 s ahead': { kind: 'status', status: 503, retryAfter: 'date:120000' },
  'internal error': { kind: 'status', status: 500, body: '<html>oops</html>' },
  'credential refused': { kind: 'status', status: 401 },
  'no answer, message taken': { kind: 'no-answer', delivers: true },
  'reset, message not taken': { kind: 'reset' },
  'reset, message taken': { kind: 'reset', delivers: true },
  'torn answer, message taken': { kind: 'torn', delivers: true },
  'garbage answer': { kind: 'garbage' },
}

const STATES = { live: 'active', dead: 'unregistered', throttled: 'throttled' } as const

export interface C2dmHarnessOptions extends HarnessOptions {
  readonly options?: C2dmOptions
  readonly emulated?: EmulatorOptions['c2dm']
}

export async function createC2dmHarness({ timeoutMs, options, emulated }: C2dmHarnessOptions): Promise<C2dmHarness> {
  const emulator = await createEmulator({ c2dm: emulated })
  const store = memoryCredentialStore()
  const logger = recordingLogger()
  const issued = new Set<string>()
  const { user, password } = emulator.credentials.c2dm
  const transports: Transport[] = []

  function another(given: C2dmOptions = { ...emulator.credentials.c2dm }): Transport {
    const { clientLoginUrl, sendUrl } = emulator.services.c2dm
    const transport = createC2dmTransport({
      options: { clientLoginUrl, c2dmUrl: sendUrl, timeoutMs, ...given },
      credentials: store,
      clock: systemClock,
      random: systemRandom,
      logger,
    })
    transports.push(transport)
    return transport
  }

  return {
    emulator,
    store,
    logger,
    another,
    transport: another(options),
    device(state = 'live') {
      const device = emulator.devices.create({ state: STATES[state] })
      return { address: device.registrationId, arrived: () => device.inbox.map(({ data }) => data.n ?? '') }
    },
    provoke(trouble, times) {
      if (trouble === 'credential expired') emulator.expireTokens()
      else emulator.faults.add({ service: 'c2dm', effect: EFFECTS[trouble], times })
    },
    calm: () => emulator.faults.clear(),
    async reached({ address }: ContractDevice) {
      await emulator.requests.next({ where: ({ registrationId }) => registrationId === address })
    },
    logged: () => logger.lines.join('\n'),
    secrets() {
      for (const { headers } of emulator.requests.recent()) {
        const token = headers.authorization?.replace('GoogleLogin auth=', '')
        if (token) issued.add(token)
      }
      return [user, password, ...issued]
    },
    async close() {
      for (const transport of transports) await transport.close()
      await emulator.close()
    },
  }
}
