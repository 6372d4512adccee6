// Addresses whose first word says how the push service treats them, so that a test reads by itself: `unregistered-1`,
// `mismatch-a`, `throttled-a`, `offline-a`, `idle-a`, `toobig-a`, `quota-a`, `flaky2-a`; where a service has addresses in
// hexadecimal (APNs), the hexadecimal of such a name.
import type { DeviceState } from './virtual-device.ts'

/** What a named address stands for. */
export interface NamedBehaviour {
  /** The state its device starts in. */
  readonly state: DeviceState
  /** Answered to every send, in the service's own words. */
  readonly refusal?: 'too big' | 'sender quota'
  /** So many sends are answered 503 before the first is taken. */
  readonly refusals: number
}

const PLAIN: NamedBehaviour = { state: 'active', refusals: 0 }

const BY_WORD: ReadonlyMap<string, NamedBehaviour> = new Map([
  ['unregistered', { state: 'unregistered', refusals: 0 }],
  ['mismatch', { state: 'mismatch', refusals: 0 }],
  ['throttled', { state: 'throttled', refusals: 0 }],
  ['offline', { state: 'offline', refusals: 0 }],
  ['idle', { state: 'idle', refusals: 0 }],
  ['toobig', { state: 'active', refusal: 'too big', refusals: 0 }],
  ['quota', { state: 'active', refusal: 'sender quota', refusals: 0 }],
])

const NAME = /^([a-z]+)(\d{0,3})-/

/** Long enough for the shortest name. */
const HEXADECIMAL = /^([0-9a-f]{2}){6,}$/

function namedBehaviour(address: string): NamedBehaviour | undefined {
  const name = HEXADECIMAL.test(address) ? Buffer.from(address, 'hex').toString('latin1') : address
  const [, word = '', digits = ''] = NAME.exec(name) ?? []
  if (word === 'flaky') return { state: 'active', refusals: digits === '' ? 1 : Number(digits) }
  return digits === '' ? BY_WORD.get(word) : undefined
}

/** How an address is treated because of its name; any other name has nothing to say. */
export function behaviourOf(address: string): NamedBehaviour {
  return namedBehaviour(address) ?? PLAIN
}

/** Whether the address is known to the push service by its name alone, without a device having been created. */
export function isNamed(address: string): boolean {
  return namedBehaviour(address) !== undefined
}
