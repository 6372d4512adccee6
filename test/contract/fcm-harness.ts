// FCM's transport against its emulator, as the contract and FCM's own tests use it.
import {
  createEmulator,
  type EmulatedFcmOptions,
  type Emulator,
  type FaultEffect,
} from '../../src/emulator/create-emulator.ts'
import type { Transport } from '../../src/model/transport.ts'
import type { FcmOptions } from '../../src/transports/fcm/options.ts'
import { createFcmTransport } from '../../src/transports/fcm/transport.ts'
import { systemClock } from '../../src/util/clock.ts'
import { systemRandom } from '../../src/util/random.ts'
import { type MemoryCredentialStore, memoryCredentialStore } from '../kit/memory-credential-store.ts'
import { type RecordingLogger, recordingLogger } from '../kit/recording-logger.ts'
import type { ContractDevice, HarnessOptions, TransportHarness, Trouble } from './transport.contract.ts'

export interface FcmHarness extends TransportHarness {
  readonly emulator: Emulator
  readonly store: MemoryCredentialStore
  readonly logger: RecordingLogger
  /** Another transport on the same store, as another process has it. */
  another(options?: FcmOptions): Transport
}

const EFFECTS: Readonly<Record<Exclude<Trouble, 'credential expired'>, FaultEffect>> = {
  'message rejected': { kind: 'error', code: 'INVALID_ARGUMENT' },
  'sender throttled without Retry-After': { kind: 'status', status: 503 },
  'sender throttled for 120 s': { kind: 'error', code: 'UNAVAILABLE', retryAfter: 120 },
  'sender throttled until a date 120 s ahead': { kind: 'error', code: 'UNAVAILABLE', retryAfter: 'date:120000' },
  'internal error': { kind: 'error', code: 'INTERNAL' },
  'credential refused': { kind: 'error', code: 'UNAUTHENTICATED' },
  'no answer, message taken': { kind: 'no-answer', delivers: true },
  'reset, message not taken': { kind: 'reset' },
  'reset, message taken': { kind: 'reset', delivers: true },
  'torn answer, message taken': { kind: 'torn', delivers: true },
  'garbage answer': { kind: 'garbage' },
}

const STATES = { live: 'active', dead: 'unregistered', throttled: 'throttled' } as const

export interface FcmHarnessOptions extends HarnessOptions {
  readonly options?: FcmOptions
  readonly emulated?: EmulatedFcmOptions
}

export async function createFcmHarness({ timeoutMs, options, emulated }: FcmHarnessOptions): Promise<FcmHarness> {
  const emulator = await createEmulator({ fcm: emulated })
  const store = memoryCredentialStore()
  const logger = recordingLogger()
  const issued = new Set<string>()
  const { serviceAccount, projectId } = emulator.credentials.fcm
  const transports: Transport[] = []

  function another(given: FcmOptions = {}): Transport {
    const { url, tokenUrl } = emulator.services.fcm
    const transport = createFcmTransport({
      options: { serviceAccount, projectId, url, tokenUrl, ca: emulator.ca, timeoutMs, ...given },
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
      const device = emulator.devices.create({ service: 'fcm', state: STATES[state] })
      return { address: device.address, arrived: () => device.inbox.map(({ data }) => data.n ?? '') }
    },
    provoke(trouble, times) {
      if (trouble === 'credential expired') emulator.expireTokens('fcm')
      else emulator.faults.add({ service: 'fcm', effect: EFFECTS[trouble], times })
    },
    calm: () => emulator.faults.clear(),
    async reached({ address }: ContractDevice) {
      await emulator.requests.next({ where: (request) => request.address === address })
    },
    logged: () => logger.lines.join('\n'),
    secrets() {
      for (const { headers } of emulator.requests.recent()) {
        const token = headers.authorization?.replace('Bearer ', '')
        if (token) issued.add(token)
      }
      return [serviceAccount.private_key, ...issued]
    },
    async close() {
      // The emulator first: a graceful end would wait for what it never answers.
      await emulator.close()
      for (const transport of transports) await transport.close()
    },
  }
}
