import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ACCEPTED, newKey, refuse, SEND, type StubApns, startStubApns, TOKEN } from './stub-apns.ts'

const MINUTE = 60_000

let apns: StubApns
beforeEach(async () => {
  apns = await startStubApns()
})
afterEach(() => apns.close())

describe('an address', () => {
  it('that names no environment is the app’s', async () => {
    expect(await apns.transport().send(SEND)).toEqual(ACCEPTED)
    expect(await apns.transport({ environment: 'sandbox' }).send(SEND)).toEqual(ACCEPTED)
    expect(apns.production.calls).toHaveLength(1)
    expect(apns.sandbox.calls).toHaveLength(1)
  })

  it('goes where it says, whatever the app’s environment', async () => {
    const transport = apns.transport()
    await transport.send({ ...SEND, address: `sandbox:${TOKEN}` })
    await transport.send({ ...SEND, address: `production:${TOKEN}` })
    expect(apns.sandbox.calls[0]?.headers[':path']).toBe(`/3/device/${TOKEN}`)
    expect(apns.production.calls[0]?.headers[':path']).toBe(`/3/device/${TOKEN}`)
  })

  it('is kept with its environment, so that one phone has one address however it is written', () => {
    expect(apns.transport().readAddress?.(TOKEN)).toEqual({ value: `production:${TOKEN}` })
    expect(apns.transport({ environment: 'sandbox' }).readAddress?.(TOKEN)).toEqual({ value: `sandbox:${TOKEN}` })
  })

  it('is kept in lower case, and refused when it is no token', () => {
    const { readAddress } = apns.transport()
    expect(readAddress?.(`Sandbox:${TOKEN.toUpperCase()}`)).toEqual({ value: `sandbox:${TOKEN}` })
    for (const bad of ['', 'abc', `${TOKEN}x`, `test:${TOKEN}`, `sandbox:sandbox:${TOKEN}`, 'a'.repeat(402)]) {
      expect(readAddress?.(bad)).toEqual({ problem: expect.stringContaining('hexadecimal') })
    }
  })
})

describe('a notification', () => {
  it('has headers and payload of its own, and the same id on every repeat', async () => {
    const transport = apns.transport()
    const content = { ...SEND.content, collapseKey: 'k', urgency: 'high', notification: { title: 'T' } } as const
    for (let i = 0; i < 2; i++) await transport.send({ ...SEND, content, ttlSeconds: 60 })
    const [first, repeat] = apns.production.calls
    expect(first?.headers).toMatchObject({
      ':method': 'POST',
      'apns-topic': 'com.example.shop',
      'apns-push-type': 'alert',
      'apns-priority': '10',
      'apns-collapse-id': 'k',
      'apns-expiration': String(apns.time / 1000 + 60),
    })
    expect(JSON.parse(first?.body ?? '')).toEqual({ aps: { alert: { title: 'T' } }, a: 'b' })
    expect(repeat?.headers['apns-id']).toBe(first?.headers['apns-id'])
  })
})

describe('the provider token', () => {
  it('is renewed after 45 minutes, on the same session', async () => {
    const transport = apns.transport()
    await transport.send(SEND)
    apns.time += 44 * MINUTE
    await transport.send(SEND)
    apns.time += MINUTE
    await transport.send(SEND)
    expect(apns.sentWith[1]).toBe(apns.sentWith[0])
    expect(apns.sentWith[2]).not.toBe(apns.sentWith[0])
    expect(apns.production.sessions).toHaveLength(1)
  })

  it('that expired is replaced once for all that are on their way, over new sessions in both environments', async () => {
    const transport = apns.transport()
    await transport.send(SEND)
    await transport.send({ ...SEND, address: `sandbox:${TOKEN}` })
    const [expired] = apns.sentWith
    apns.answer = (call) => {
      if (call.headers.authorization === `bearer ${expired}`) refuse('ExpiredProviderToken', 403)(call)
      else call.respond(200)
    }
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => transport.send(SEND)))
    expect(outcomes.filter(({ kind }) => kind === 'accepted')).toHaveLength(50)
    await transport.send({ ...SEND, address: `sandbox:${TOKEN}` })
    expect(new Set(apns.sentWith).size).toBe(2)
    expect(apns.production.sessions.length).toBeGreaterThan(1)
    expect(apns.sandbox.sessions).toHaveLength(2)
    // No session saw both.
    for (const session of [...apns.production.sessions, ...apns.sandbox.sessions]) {
      const calls = [...apns.production.calls, ...apns.sandbox.calls].filter((call) => call.session === session)
      expect(new Set(calls.map(({ headers }) => headers.authorization)).size).toBe(1)
    }
  })

  it('that is refused although it is new pauses the sender after one more try', async () => {
    apns.answer = refuse('ExpiredProviderToken', 403)
    expect(await apns.transport().send(SEND)).toEqual({
      kind: 'unauthorized',
      reason: 'ExpiredProviderToken',
      probe: true,
    })
    expect(apns.production.calls).toHaveLength(2)
  })

  it('that came too soon gives way to the last one', async () => {
    const transport = apns.transport()
    await transport.send(SEND)
    const [first] = apns.sentWith
    apns.time += 45 * MINUTE
    apns.answer = (call) => {
      if (call.headers.authorization === `bearer ${first}`) call.respond(200)
      else refuse('TooManyProviderTokenUpdates', 429)(call)
    }
    expect(await transport.send(SEND)).toEqual(ACCEPTED)
    expect(await transport.send(SEND)).toEqual(ACCEPTED)
    expect(apns.sentWith[2]).toBe(first)
    expect(apns.sentWith).toHaveLength(4)
  })

  it('is never made anew because it came too soon', async () => {
    apns.answer = refuse('TooManyProviderTokenUpdates', 429)
    const outcome = await apns.transport().send(SEND)
    expect(outcome).toMatchObject({ kind: 'deferred', scope: 'sender', retryAfterMs: 20 * MINUTE })
    expect(new Set(apns.sentWith).size).toBe(1)
  })

  it.each(['InvalidProviderToken', 'Forbidden', 'MissingProviderToken', 'BadEnvironmentKeyInToken'])(
    'that is refused with %s pauses the sender at once',
    async (reason) => {
      apns.answer = refuse(reason, 403)
      expect(await apns.transport().send(SEND)).toEqual({ kind: 'unauthorized', reason, probe: true })
      expect(apns.production.calls).toHaveLength(1)
    },
  )
})

describe('a session', () => {
  it('takes one stream until a token was good on it', async () => {
    let open = 0
    const atOnce: number[] = []
    apns.answer = (call) => {
      atOnce.push(++open)
      setImmediate(() => {
        open -= 1
        if (call.number < 4) refuse('InvalidProviderToken', 403)(call)
        else call.respond(200)
      })
    }
    const transport = apns.transport()
    await Promise.all(Array.from({ length: 20 }, () => transport.send(SEND)))
    expect(atOnce.slice(0, 4)).toEqual([1, 1, 1, 1])
    expect(Math.max(...atOnce)).toBeGreaterThan(1)
    expect(apns.production.sessions).toHaveLength(1)
  })

  it.each([
    ['IdleTimeout', 400],
    ['Shutdown', 503],
    ['UnrelatedKeyIdInToken', 403],
  ] as const)('that ends with %s is replaced, and the notification goes over the new one', async (reason, status) => {
    const transport = apns.transport()
    await transport.send(SEND)
    const [old] = apns.production.sessions
    apns.answer = (call) => {
      if (call.session === old) refuse(reason, status)(call)
      else call.respond(200)
    }
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => transport.send(SEND)))
    expect(outcomes.filter(({ kind }) => kind === 'accepted')).toHaveLength(20)
    expect(apns.production.sessions).toHaveLength(2)
  })

  it('is opened beside another that is full', async () => {
    const transport = apns.transport({ maxInFlight: 1000 })
    await transport.send(SEND)
    const [first] = apns.production.sessions
    const held: (() => void)[] = []
    let isFirstFull = true
    apns.answer = (call) => {
      held.push(() => call.respond(200))
      if (call.session !== first) isFirstFull = false
      if (!isFirstFull) for (const answer of held.splice(0)) answer()
    }
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => transport.send(SEND)))
    expect(outcomes.filter(({ kind }) => kind === 'accepted')).toHaveLength(50)
    expect(apns.production.sessions.length).toBeGreaterThan(1)
  })
})

describe('what one device can do to all', () => {
  it('is nothing when it claims another environment: the key’s refusal there pauses nobody', async () => {
    apns.answer = refuse('BadEnvironmentKeyInToken', 403)
    const outcome = await apns.transport().send({ ...SEND, address: `sandbox:${TOKEN}` })
    expect(outcome).toEqual({ kind: 'rejected', reason: 'BadEnvironmentKeyInToken' })
  })
})

describe('the fingerprint of the credential', () => {
  it('stays while the credential stays, and changes with it, its topic, its environment and its service', () => {
    const of = (options: object) => apns.transport(options).credentialFingerprint
    expect(of({})).toBe(of({ maxInFlight: 3 }))
    const all = [{}, { ...newKey() }, { keyId: 'OTHER67890' }, { topic: 'a.b' }, { environment: 'sandbox' }]
    expect(new Set([...all, { url: 'http://localhost:1' }].map(of)).size).toBe(all.length + 1)
  })
})

describe('an outage', () => {
  beforeEach(() => {
    apns.answer = refuse('ServiceUnavailable', 503)
  })

  it('is waited for as Apple asks', async () => {
    const outcome = { kind: 'deferred', retryAfterMs: 15 * MINUTE }
    expect(await apns.transport().send(SEND)).toMatchObject(outcome)
    expect(await apns.transport().send({ ...SEND, ttlSeconds: 3_600 })).toMatchObject(outcome)
  })

  it('is waited for less long by what does not live so long, so that it is tried again at all', async () => {
    expect(await apns.transport().send({ ...SEND, ttlSeconds: 600 })).toMatchObject({ retryAfterMs: 150_000 })
    expect(await apns.transport().send({ ...SEND, ttlSeconds: 60 })).toMatchObject({ retryAfterMs: 15_000 })
  })
})
