// The frame of every harness: an emulator, a transport that speaks to it, and its devices, as the contract wants them.
import type { IncomingHttpHeaders } from 'node:http'
import type { EmulatedService, Emulator, FaultEffect } from '../../src/emulator/create-emulator.ts'
import type { CredentialStore } from '../../src/model/credential-store.ts'
import type { Transport } from '../../src/model/transport.ts'
import { type Clock, systemClock } from '../../src/util/clock.ts'
import type { Logger } from '../../src/util/logger.ts'
import { type Random, systemRandom } from '../../src/util/random.ts'
import { type MemoryCredentialStore, memoryCredentialStore } from '../kit/memory-credential-store.ts'
import { type RecordingLogger, recordingLogger } from '../kit/recording-logger.ts'
import type { ContractDevice, DeviceCondition, TransportHarness, Trouble } from './transport-harness.ts'

export interface EmulatedHarness<Options> extends TransportHarness {
  readonly emulator: Emulator
  readonly store: MemoryCredentialStore
  readonly logger: RecordingLogger
  /** Another transport on the same store, as another process has it. */
  another(options?: Options): Transport
}

/** What a transport needs beside its options. */
export interface TransportParts {
  readonly credentials: CredentialStore
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

export interface EmulatedHarnessInput<Options> {
  readonly emulator: Emulator
  readonly service: EmulatedService
  /** The emulator's words for each kind of trouble; undefined: this service cannot make it. */
  readonly effects: Readonly<Record<FaultTrouble, FaultEffect | undefined>>
  expireCredential(): void
  /** `undefined`: as the harness was asked for. */
  create(options: Options | undefined, parts: TransportParts): Transport
  device(condition: DeviceCondition): ContractDevice
  /** Secrets that are known from the start. */
  readonly secrets: readonly string[]
  /** The secret that a request carries. */
  secretOf(headers: IncomingHttpHeaders): string | undefined
}

/** Trouble that a fault rule makes. */
export type FaultTrouble = Exclude<Trouble, 'credential expired'>

/** The trouble that a connection makes, in the same words on every service. */
export const CONNECTION_EFFECTS = {
  'no answer, message taken': { kind: 'no-answer', delivers: true },
  'reset, message not taken': { kind: 'reset' },
  'reset, message taken': { kind: 'reset', delivers: true },
  'torn answer, message taken': { kind: 'torn', delivers: true },
  'garbage answer': { kind: 'garbage' },
} as const satisfies Partial<Record<FaultTrouble, FaultEffect>>

/** The emulator's word for each condition of a device. */
export const DEVICE_STATES = { live: 'active', dead: 'unregistered', throttled: 'throttled' } as const

export function emulatedHarness<Options>(input: EmulatedHarnessInput<Options>): EmulatedHarness<Options> {
  const { emulator, service, effects } = input
  const store = memoryCredentialStore()
  const logger = recordingLogger()
  const issued = new Set(input.secrets)
  const transports: Transport[] = []

  function create(options: Options | undefined): Transport {
    const parts = { credentials: store, clock: systemClock, random: systemRandom, logger }
    const transport = input.create(options, parts)
    transports.push(transport)
    return transport
  }

  return {
    emulator,
    store,
    logger,
    another: (options) => create(options),
    transport: create(undefined),
    device: (condition = 'live') => input.device(condition),
    provoke(trouble, times, after) {
      if (trouble === 'credential expired') return input.expireCredential()
      const effect = effects[trouble]
      if (effect === undefined) throw new Error(`${service} cannot make this trouble: ${trouble}`)
      emulator.faults.add({ service, effect, times, after })
    },
    calm: () => emulator.faults.clear(),
    async reached({ address }) {
      await emulator.requests.next({ where: (request) => request.address === address })
    },
    logged: () => logger.lines.join('\n'),
    secrets() {
      for (const { headers } of emulator.requests.recent()) {
        const secret = input.secretOf(headers)
        if (secret) issued.add(secret)
      }
      return [...issued]
    },
    async close() {
      // The emulator first: a graceful end would wait for what it never answers.
      await emulator.close()
      for (const transport of transports) await transport.close()
    },
  }
}
