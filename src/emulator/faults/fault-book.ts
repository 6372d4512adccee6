// The fault rules in force, in the order they were added, and how often each has struck.
import type { Random } from '../../util/random.ts'
import { EmulatorError } from '../emulator-error.ts'
import { type EmulatedService, type FaultRule, parseFaultRule } from './fault-rule.ts'

/** Every request looks at every rule, so their number is bounded. */
const FAULT_LIMIT = 1000

export interface Fault extends FaultRule {
  readonly id: string
  /** Matching requests that reached this rule; one that an earlier rule struck does not. */
  readonly seen: number
  /** Requests it has struck. */
  readonly struck: number
}

export interface FaultBook {
  /** Throws EMULATOR_INPUT for a rule that is not valid. The fault returned counts on while it is in force. */
  add(rule: FaultRule): Fault
  list(): Fault[]
  get(id: string): Fault | undefined
  remove(id: string): boolean
  clear(): void
}

export interface StrikeOn {
  readonly service: EmulatedService
  readonly address?: string | undefined
  /** Passes over rules that would ask for a captcha again: this request has just solved one. */
  readonly captchaSolved?: boolean | undefined
}

export interface StrikingFaultBook extends FaultBook {
  /** The first rule that strikes this request. */
  strike(request: StrikeOn): Fault | undefined
}

type CountingFault = { -readonly [Key in keyof Fault]: Fault[Key] }

interface FaultBookParts {
  readonly random: Random
  /** A rule is new, or has struck. */
  changed(fault: Fault): void
  removed(id: string): void
}

export function createFaultBook({ random, changed, removed }: FaultBookParts): StrikingFaultBook {
  const faults = new Map<string, CountingFault>()
  let made = 0

  function remove(id: string): boolean {
    const isRemoved = faults.delete(id)
    if (isRemoved) removed(id)
    return isRemoved
  }

  return {
    add(input) {
      const rule = parseFaultRule(input)
      if (faults.size >= FAULT_LIMIT) {
        throw new EmulatorError('EMULATOR_CONFLICT', `There are ${FAULT_LIMIT} fault rules; remove some first.`)
      }
      const fault = { ...rule, id: `f${++made}`, seen: 0, struck: 0 }
      faults.set(fault.id, fault)
      changed(fault)
      return fault
    },
    list: () => [...faults.values()],
    get: (id) => faults.get(id),
    remove,
    clear() {
      for (const id of [...faults.keys()]) remove(id)
    },
    strike(request) {
      for (const fault of faults.values()) {
        if (!matches(fault, request) || fault.struck >= (fault.times ?? Number.POSITIVE_INFINITY)) continue
        fault.seen++
        if (fault.seen <= (fault.after ?? 0)) continue
        if (fault.share !== undefined && random.fraction() >= fault.share) continue
        fault.struck++
        changed(fault)
        return fault
      }
      return undefined
    },
  }
}

function matches(fault: Fault, { service, address, captchaSolved }: StrikeOn): boolean {
  if (fault.service !== service) return false
  const only = fault.address ?? fault.registrationId
  if (only !== undefined && only !== address) return false
  return !(captchaSolved && fault.effect.kind === 'error' && fault.effect.code === 'CaptchaRequired')
}
