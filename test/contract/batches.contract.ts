// What every transport must do when trouble comes in the middle of many sends.
import { describe, expect, it } from 'vitest'
import type { Outcome } from '../../src/model/outcome.ts'
import { TransportError } from '../../src/model/push-error.ts'
import { begin, type ContractDevice, send, type TransportContract, type TransportHarness } from './transport-harness.ts'

export function describeBatches(current: () => TransportHarness, http: TransportContract['http']): void {
  describe('among many sends at once', () => {
    it('a torn answer takes no other with it', async () => {
      const { harness, phone } = begin(current)
      harness.provoke('torn answer, message taken', 3, 20)
      const results = await burst(harness, phone)
      expect(results.filter(isAccepted)).toHaveLength(BURST - 3)
      expect(results.filter(isUnanswered)).toHaveLength(3)
      expect(new Set(phone.arrived()).size).toBe(BURST)
    })

    it('a reset leaves no send without an end, and what follows goes through', async () => {
      const { harness, phone } = begin(current)
      harness.provoke('reset, message taken', 1, 20)
      const results = await burst(harness, phone)
      const lost = results.filter(isUnanswered)
      expect(lost.length).toBeGreaterThan(0)
      expect(results.filter(isAccepted)).toHaveLength(BURST - lost.length)
      expect(phone.arrived()).toHaveLength(new Set(phone.arrived()).size)
      expect((await burst(harness, harness.device())).every(isAccepted)).toBe(true)
    })

    it('a credential that expires is renewed, and each message arrives once', async () => {
      const { harness, phone } = begin(current)
      const first = burst(harness, phone)
      await harness.reached(phone)
      harness.provoke('credential expired')
      const other = harness.device()
      const results = [...(await burst(harness, other)), ...(await first)]
      expect(results.filter((result) => !isAccepted(result))).toEqual([])
      for (const { arrived } of [phone, other]) expect(arrived().sort()).toEqual(BURST_NUMBERS)
    })

    if (http === 1) return
    it('a GOAWAY loses and doubles none', async () => {
      const { harness, phone } = begin(current)
      for (const after of [10, 60]) harness.provoke('server going away', 1, after)
      const results = await burst(harness, phone)
      expect(results.filter((result) => !isAccepted(result))).toEqual([])
      expect(phone.arrived().sort()).toEqual(BURST_NUMBERS)
    })
  })
}

const BURST = 100
const BURST_NUMBERS = Array.from({ length: BURST }, (_, i) => String(i)).sort()

/** What became of each of a hundred sends to one device: its outcome, or its error. */
function burst(harness: TransportHarness, phone: ContractDevice): Promise<unknown[]> {
  return Promise.all(BURST_NUMBERS.map((n) => send(harness, phone, { n }).catch((error: unknown) => error)))
}

function isAccepted(result: unknown): boolean {
  return (result as Outcome).kind === 'accepted'
}

function isUnanswered(result: unknown): boolean {
  return result instanceof TransportError && result.code === 'PUSH_TRANSPORT_UNANSWERED'
}
