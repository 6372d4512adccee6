// What every transport must do, whatever its push service. A transport passes by describing how to bring its emulated
// service into each kind of trouble.
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Outcome } from '../../src/model/outcome.ts'
import { describeBatches } from './batches.contract.ts'
import {
  begin,
  type ContractDevice,
  send,
  type TransportContract,
  type TransportHarness,
  type Trouble,
} from './transport-harness.ts'

const PATIENT_MS = 20_000
const IMPATIENT_MS = 1_000

export function describeTransport({ name, createHarness, http, waitMs, throttles }: TransportContract): void {
  describe(`the transport contract, kept by ${name}`, () => {
    let harness: TransportHarness
    beforeEach(async () => {
      harness = await createHarness({ timeoutMs: PATIENT_MS })
    })
    afterEach(() => harness.close())

    describeVerdicts(() => harness)
    describeThrottling(() => harness, { waitMs, throttles })
    describeCredential(() => harness)
    describeFailures(() => harness)
    describeDeadline(createHarness)
    describeFlow(() => harness)
    describeBatches(() => harness, http)
    describeSecrecy(() => harness, createHarness)
  })
}

function describeVerdicts(current: () => TransportHarness): void {
  describe('a verdict', () => {
    it('is accepted with the id that the push service gave, and the message arrives', async () => {
      const { harness, phone } = begin(current)
      const outcome = await send(harness, phone, { n: 'é€😀 & = +' })
      expect(outcome).toEqual({ kind: 'accepted', providerId: expect.stringMatching(/./) })
      expect(phone.arrived()).toEqual(['é€😀 & = +'])
    })

    it('is rejected when the message is to blame', async () => {
      const { harness, phone } = begin(current)
      harness.provoke('message rejected')
      expect(await send(harness, phone)).toEqual({ kind: 'rejected', reason: expect.stringMatching(/./) })
    })

    it('is unregistered when the address is dead', async () => {
      const harness = current()
      expect(await send(harness, harness.device('dead'))).toEqual({
        kind: 'unregistered',
        reason: expect.stringMatching(/./),
      })
    })

    it('defers only the device when only the device is throttled', async () => {
      const harness = current()
      expect(await send(harness, harness.device('throttled'))).toMatchObject({ kind: 'deferred', scope: 'device' })
      expect(await send(harness, harness.device())).toMatchObject({ kind: 'accepted' })
    })

    it('defers only the device on an internal error', async () => {
      const { harness, phone } = begin(current)
      harness.provoke('internal error')
      expect(await send(harness, phone)).toMatchObject({ kind: 'deferred', scope: 'device' })
    })

    it('is unknown for an answer that means nothing, with a short raw text that any database takes', async () => {
      const { harness, phone } = begin(current)
      harness.provoke('garbage answer')
      const outcome = await send(harness, phone)
      expect(outcome).toEqual({ kind: 'unknown', reason: expect.stringMatching(/./), raw: expect.any(String) })
      const { raw } = outcome as Extract<Outcome, { kind: 'unknown' }>
      expect(raw.length).toBeLessThanOrEqual(200)
      expect(raw).not.toMatch(/\p{Cc}/u)
    })
  })
}

function describeThrottling(
  current: () => TransportHarness,
  { waitMs, throttles: scope = 'sender' }: Pick<TransportContract, 'waitMs' | 'throttles'>,
): void {
  describe(`a sender that is throttled, where the ${scope} is meant`, () => {
    it('defers whoever is meant, for as long as Retry-After says in seconds', async () => {
      const { harness, phone } = begin(current)
      harness.provoke('sender throttled for 120 s')
      expect(await send(harness, phone)).toMatchObject({ kind: 'deferred', scope, retryAfterMs: 120_000 })
    })

    it('defers whoever is meant, until the date that Retry-After names', async () => {
      const { harness, phone } = begin(current)
      harness.provoke('sender throttled until a date 120 s ahead')
      const outcome = await send(harness, phone)
      expect(outcome).toMatchObject({ kind: 'deferred', scope })
      const { retryAfterMs = 0 } = outcome as Extract<Outcome, { kind: 'deferred' }>
      expect(retryAfterMs).toBeGreaterThan(60_000)
      expect(retryAfterMs).toBeLessThanOrEqual(121_000)
    })

    const wait = waitMs === undefined ? 'leaves the wait open' : 'waits as the push service’s rules say'
    it(`defers whoever is meant and ${wait} when there is no Retry-After`, async () => {
      const { harness, phone } = begin(current)
      harness.provoke('sender throttled without Retry-After')
      expect(await send(harness, phone)).toEqual({
        kind: 'deferred',
        scope,
        reason: expect.stringMatching(/./),
        ...(waitMs !== undefined && { retryAfterMs: waitMs }),
      })
    })
  })
}

function describeCredential(current: () => TransportHarness): void {
  describe('the credential', () => {
    it('is renewed when it has expired, and the message arrives once', async () => {
      const { harness, phone } = begin(current)
      await send(harness, phone, { n: 'before' })
      harness.provoke('credential expired')
      expect(await send(harness, phone, { n: 'after' })).toMatchObject({ kind: 'accepted' })
      expect(phone.arrived()).toEqual(['before', 'after'])
    })

    it('makes the send unauthorized when it is refused for good, and works again once it is taken again', async () => {
      const { harness, phone } = begin(current)
      await send(harness, phone, { n: 'before' })
      harness.provoke('credential refused')
      expect(await send(harness, phone, { n: 'refused' })).toEqual({
        kind: 'unauthorized',
        reason: expect.stringMatching(/./),
        probe: true,
      })
      harness.calm()
      expect(await send(harness, phone, { n: 'after' })).toMatchObject({ kind: 'accepted' })
      expect(phone.arrived()).toEqual(['before', 'after'])
    })

    it('has a fingerprint that tells nothing of it', async () => {
      const { credentialFingerprint } = current().transport
      expect(credentialFingerprint).toMatch(/./)
      for (const secret of current().secrets()) expect(credentialFingerprint).not.toContain(secret)
    })
  })
}

function describeFailures(current: () => TransportHarness): void {
  describe('a failure after which nobody knows', () => {
    it.each<[Trouble, string[]]>([
      ['reset, message not taken', []],
      ['reset, message taken', ['1']],
      ['torn answer, message taken', ['1']],
    ])('is thrown: %s', async (trouble, arrived) => {
      const { harness, phone } = begin(current)
      harness.provoke(trouble, 1)
      await expect(send(harness, phone, { n: '1' })).rejects.toMatchObject({
        name: 'TransportError',
        code: 'PUSH_TRANSPORT_UNANSWERED',
      })
      expect(phone.arrived()).toEqual(arrived)
      expect(await send(harness, phone, { n: '2' })).toMatchObject({ kind: 'accepted' })
      expect(phone.arrived()).toEqual([...arrived, '2'])
    })
  })
}

function describeDeadline(createHarness: TransportContract['createHarness']): void {
  it('throws when the answer does not come in time', async () => {
    const harness = await createHarness({ timeoutMs: IMPATIENT_MS })
    try {
      const phone = harness.device()
      harness.provoke('no answer, message taken', 1)
      await expect(send(harness, phone, { n: '1' })).rejects.toMatchObject({
        name: 'TransportError',
        code: 'PUSH_TRANSPORT_UNANSWERED',
      })
      expect(phone.arrived()).toEqual(['1'])
    } finally {
      await harness.close()
    }
  })
}

function describeFlow(current: () => TransportHarness): void {
  it('throws the reason of the signal that aborts a send, and spares the others', async () => {
    const { harness, phone } = begin(current)
    const other = harness.device()
    const reason = new Error('the worker is told to stop')
    await expect(send(harness, phone, { n: 'never' }, AbortSignal.abort(reason))).rejects.toBe(reason)
    expect(phone.arrived()).toEqual([])

    harness.provoke('no answer, message taken', 1)
    const controller = new AbortController()
    const aborted = send(harness, phone, { n: 'aborted' }, controller.signal)
    await harness.reached(phone)
    const spared = send(harness, other, { n: 'spared' }, controller.signal)
    expect(await spared).toMatchObject({ kind: 'accepted' })
    controller.abort(reason)
    await expect(aborted).rejects.toBe(reason)
    expect(other.arrived()).toEqual(['spared'])
  })

  it('delivers 200 messages that are sent at once, each once', async () => {
    const harness = current()
    const phones = Array.from({ length: 10 }, () => harness.device())
    const sends = phones.flatMap((phone, p) =>
      Array.from({ length: 20 }, (_, i) => send(harness, phone, { n: `${p}-${i}` })),
    )
    const outcomes = await Promise.all(sends)
    expect(outcomes.filter(({ kind }) => kind === 'accepted')).toHaveLength(200)
    for (const [p, phone] of phones.entries()) {
      expect(phone.arrived().sort()).toEqual(Array.from({ length: 20 }, (_, i) => `${p}-${i}`).sort())
    }
  })

  it('takes no send after it was closed', async () => {
    const { harness, phone } = begin(current)
    await harness.transport.close()
    await expect(send(harness, phone)).rejects.toMatchObject({ code: 'PUSH_CLOSED' })
  })
}

function describeSecrecy(current: () => TransportHarness, createHarness: TransportContract['createHarness']): void {
  it('shows no address, no content and no secret in an outcome, an error or a log line', async () => {
    const shown: string[] = []
    const collect = async (harness: TransportHarness, phone: ContractDevice) => {
      const result = await send(harness, phone, { n: 'private-content' }).catch((error: unknown) => error)
      shown.push(inspect(result, { depth: 20, showHidden: true, maxStringLength: null }))
    }
    const troubles: Trouble[] = [
      'message rejected',
      'sender throttled for 120 s',
      'internal error',
      'reset, message not taken',
      'reset, message taken',
      'torn answer, message taken',
      'garbage answer',
      'credential expired',
      'credential refused',
    ]
    const harness = current()
    const phones = [harness.device(), harness.device('dead'), harness.device('throttled')]
    for (const phone of phones) await collect(harness, phone)
    for (const trouble of troubles) {
      harness.provoke(trouble)
      for (const phone of phones) await collect(harness, phone)
      harness.calm()
    }
    const impatient = await createHarness({ timeoutMs: IMPATIENT_MS })
    try {
      const phone = impatient.device()
      impatient.provoke('no answer, message taken')
      await collect(impatient, phone)
      shown.push(harness.logged(), impatient.logged())
      const hidden = [...harness.secrets(), ...impatient.secrets(), 'private-content']
      for (const { address } of [...phones, phone]) hidden.push(address, encodeURIComponent(address))
      const text = shown.join('\n')
      for (const secret of hidden) expect(text).not.toContain(secret)
    } finally {
      await impatient.close()
    }
  })
}
