// What the contract needs of a transport to bring its push service into every kind of trouble, and how it sends.
import type { MessageContent } from '../../src/model/message.ts'
import type { Outcome } from '../../src/model/outcome.ts'
import type { Transport } from '../../src/model/transport.ts'

/** Trouble that the push service makes, in its own words, for every send until `calm`, or `times` times. */
export type Trouble =
  | 'message rejected'
  | 'sender throttled without Retry-After'
  | 'sender throttled for 120 s'
  | 'sender throttled until a date 120 s ahead'
  | 'internal error'
  /** The credential that is in use is refused; another can be had. */
  | 'credential expired'
  /** Whatever credential comes is refused. */
  | 'credential refused'
  | 'no answer, message taken'
  | 'reset, message not taken'
  | 'reset, message taken'
  | 'torn answer, message taken'
  | 'garbage answer'
  /** HTTP/2: the connection ends with a GOAWAY; what came later is not looked at. */
  | 'server going away'

export type DeviceCondition = 'live' | 'dead' | 'throttled'

export interface ContractDevice {
  readonly address: string
  /** What has arrived, in order: the values of the data key `n`. */
  arrived(): string[]
}

export interface TransportHarness {
  readonly transport: Transport
  device(condition?: DeviceCondition): ContractDevice
  /** `after`: so many sends pass unharmed before. */
  provoke(trouble: Trouble, times?: number, after?: number): void
  calm(): void
  /** Resolves when the push service has read a send to this device. */
  reached(device: ContractDevice): Promise<void>
  /** Everything logged so far, fields included. */
  logged(): string
  /** Texts that must appear nowhere: password, tokens, keys. */
  secrets(): string[]
  close(): Promise<void>
}

export interface HarnessOptions {
  /** The transport's deadline for one answer, in milliseconds. */
  readonly timeoutMs: number
}

export interface TransportContract {
  readonly name: string
  createHarness(options: HarnessOptions): Promise<TransportHarness>
  /** HTTP/1.1 has no GOAWAY. */
  readonly http: 1 | 2
  /** Who waits after a throttled sender's answer. Default `sender`: all of the app. */
  readonly throttles?: 'sender' | 'device' | undefined
  /** Milliseconds that the push service's rules tell a throttled sender to wait where Retry-After says nothing. */
  readonly waitMs?: number | undefined
}

let sent = 0

export function begin(current: () => TransportHarness): { harness: TransportHarness; phone: ContractDevice } {
  const harness = current()
  return { harness, phone: harness.device() }
}

export function nextMessageId(): string {
  sent += 1
  return `01976f4a-0000-7000-8000-${String(sent).padStart(12, '0')}`
}

export function send(
  { transport }: TransportHarness,
  { address }: ContractDevice,
  data: MessageContent['data'] = { n: 'x' },
  signal?: AbortSignal,
): Promise<Outcome> {
  return transport.send({ address, messageId: nextMessageId(), content: { data } }, signal)
}
