import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { forgetLoginRefusal } from '../../../../src/transports/c2dm/credential-drawer.ts'
import { ACCEPTED, ACCOUNT, SEND, type StubC2dm, startStubC2dm } from './stub-c2dm.ts'

const HOUR_MS = 3_600_000

let c2dm: StubC2dm
beforeEach(async () => {
  c2dm = await startStubC2dm()
})
afterEach(() => c2dm.close())

function logLines(level: string): string[] {
  return c2dm.logger.lines.filter((line) => line.startsWith(level))
}

describe('the token of an account', () => {
  it('is logged in for once, however many sends want it first', async () => {
    const transport = c2dm.transport()
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => transport.send(SEND)))
    expect(outcomes).toEqual(outcomes.map(() => ACCEPTED))
    expect(c2dm.logins()).toBe(1)
  })

  it('outlives a restart for a day', async () => {
    await c2dm.transport().send(SEND)
    c2dm.time += 23 * HOUR_MS
    expect(await c2dm.transport().send(SEND)).toEqual(ACCEPTED)
    expect(c2dm.logins()).toBe(1)
    c2dm.time += 2 * HOUR_MS
    expect(await c2dm.transport().send(SEND)).toEqual(ACCEPTED)
    expect(c2dm.sentWith).toEqual(['token-1', 'token-1', 'token-2'])
  })

  it('is not shared with another account', async () => {
    await c2dm.transport().send(SEND)
    await c2dm.transport({ ...ACCOUNT, user: 'other@example.com' }).send(SEND)
    expect(c2dm.logins()).toBe(2)
  })

  it('is renewed after a day, or taken from the process that renewed it first', async () => {
    const [one, other] = [c2dm.transport(), c2dm.transport()]
    await one.send(SEND)
    await other.send(SEND)
    c2dm.time += 25 * HOUR_MS
    await one.send(SEND)
    await other.send(SEND)
    expect(c2dm.sentWith).toEqual(['token-1', 'token-1', 'token-2', 'token-2'])
    expect(c2dm.logins()).toBe(2)
  })

  it('stays in use when it is a day old and ClientLogin is down', async () => {
    const transport = c2dm.transport()
    await transport.send(SEND)
    c2dm.time += 25 * HOUR_MS
    c2dm.onLogin = (response) => response.writeHead(503).end()
    expect(await transport.send(SEND)).toEqual(ACCEPTED)
    expect(await transport.send(SEND)).toEqual(ACCEPTED)
    expect(c2dm.logins()).toBe(2)
  })

  it('works without the store, which only costs a login after a restart', async () => {
    c2dm.store.failure = new Error('INSERT failed, params: token-1')
    const transport = c2dm.transport()
    expect(await transport.send(SEND)).toEqual(ACCEPTED)
    expect(await transport.send(SEND)).toEqual(ACCEPTED)
    expect(c2dm.logins()).toBe(1)
    expect(logLines('warn').join()).toContain('could not be stored')
    expect(c2dm.logger.lines.join()).not.toContain('token-1')
  })
})

describe('a token that C2DM refuses', () => {
  it('is renewed once for all sends that ran into it, and each goes again', async () => {
    const transport = c2dm.transport()
    await transport.send(SEND)
    c2dm.good.clear()
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => transport.send(SEND)))
    expect(outcomes).toEqual(outcomes.map(() => ACCEPTED))
    expect(c2dm.logins()).toBe(2)
  })

  it('is renewed on 403 as on 401', async () => {
    const transport = c2dm.transport()
    await transport.send(SEND)
    c2dm.onSend = (response, token) => (token === 'token-1' ? response.writeHead(403).end() : response.end('id=0:1'))
    expect(await transport.send(SEND)).toEqual(ACCEPTED)
  })

  it('is renewed even when it came fresh from a login', async () => {
    c2dm.onSend = (response, token) => (token === 'token-1' ? response.writeHead(401).end() : response.end('id=0:1'))
    expect(await c2dm.transport().send(SEND)).toEqual(ACCEPTED)
  })

  it('gives way to a newer one of another process, without a login', async () => {
    const transport = c2dm.transport()
    await transport.send(SEND)
    const name = [...c2dm.store.entries.keys()][0] ?? ''
    c2dm.store.entries.set(name, { value: 'from-elsewhere', obtainedAt: c2dm.time })
    c2dm.good.clear()
    c2dm.good.add('from-elsewhere')
    expect(await transport.send(SEND)).toEqual(ACCEPTED)
    expect(c2dm.logins()).toBe(1)
  })

  it('and whose renewal is refused too makes the send unauthorized, open to a probe', async () => {
    c2dm.onSend = (response) => response.writeHead(401).end()
    const outcome = await c2dm.transport().send(SEND)
    expect(outcome).toEqual({ kind: 'unauthorized', probe: true, reason: expect.any(String) })
    expect(c2dm.sentWith).toEqual(['token-1', 'token-2'])
  })

  it('brings no login per message while fresh tokens are refused', async () => {
    c2dm.onSend = (response) => response.writeHead(401).end()
    const transport = c2dm.transport()
    for (let i = 0; i < 20; i++) {
      expect(await transport.send(SEND)).toMatchObject({ kind: 'unauthorized', probe: true })
    }
    expect(c2dm.logins()).toBe(2)
    c2dm.time += 60_000
    c2dm.onSend = undefined
    expect(await transport.send(SEND)).toEqual(ACCEPTED)
    expect(c2dm.logins()).toBe(3)
  })
})

describe('a login that is refused', () => {
  const refuse = (code: string) => {
    c2dm.onLogin = (response) => response.writeHead(403).end(`Error=${code}\n`)
  }

  it.each([
    'BadAuthentication',
    'CaptchaRequired',
    'NotVerified',
    'TermsNotAgreed',
    'AccountDeleted',
    'AccountDisabled',
    'ServiceDisabled',
  ])('for %s is not tried again, not even after a restart', async (code) => {
    refuse(code)
    const transport = c2dm.transport()
    const unauthorized = { kind: 'unauthorized', reason: code, probe: false }
    expect(await Promise.all([transport.send(SEND), transport.send(SEND)])).toEqual([unauthorized, unauthorized])
    c2dm.time += 100 * 24 * HOUR_MS
    expect(await transport.send(SEND)).toEqual(unauthorized)
    expect(await c2dm.transport().send(SEND)).toEqual(unauthorized)
    expect(c2dm.logins()).toBe(1)
    expect(c2dm.sentWith).toEqual([])
    expect(logLines('error')).toHaveLength(1)
    expect(logLines('error')[0]).toContain(code)
  })

  it('is tried again once the credential has changed', async () => {
    refuse('BadAuthentication')
    await c2dm.transport().send(SEND)
    c2dm.onLogin = undefined
    expect(await c2dm.transport({ ...ACCOUNT, password: 'battery staple' }).send(SEND)).toEqual(ACCEPTED)
  })

  it('is tried again once the refusal is forgotten, in processes that run already too', async () => {
    refuse('CaptchaRequired')
    const transport = c2dm.transport()
    await transport.send(SEND)
    c2dm.onLogin = undefined
    await forgetLoginRefusal(ACCOUNT, c2dm.store)
    expect(await transport.send(SEND)).toEqual(ACCEPTED)
  })

  it('is not tried again by this process when the refusal could not be stored', async () => {
    c2dm.store.failure = new Error('read-only')
    refuse('BadAuthentication')
    const transport = c2dm.transport()
    await transport.send(SEND)
    c2dm.time += 100 * 24 * HOUR_MS
    expect(await transport.send(SEND)).toMatchObject({ kind: 'unauthorized', probe: false })
    expect(c2dm.logins()).toBe(1)
  })
})

describe('a login that fails for now', () => {
  it('holds the sender for as long as ClientLogin says, without another try before', async () => {
    c2dm.onLogin = (response) => response.writeHead(503, { 'Retry-After': '120' }).end()
    const transport = c2dm.transport()
    expect(await transport.send(SEND)).toEqual({
      kind: 'deferred',
      scope: 'sender',
      reason: 'ClientLogin: HTTP 503',
      retryAfterMs: 120_000,
    })
    c2dm.time += 20_000
    expect(await transport.send(SEND)).toMatchObject({ kind: 'deferred', retryAfterMs: 100_000 })
    expect(c2dm.logins()).toBe(1)
    c2dm.time += 100_000
    c2dm.onLogin = undefined
    expect(await transport.send(SEND)).toEqual(ACCEPTED)
  })

  it('holds the sender after ServiceUnavailable', async () => {
    c2dm.onLogin = (response) => response.writeHead(403).end('Error=ServiceUnavailable\n')
    expect(await c2dm.transport().send(SEND)).toEqual({
      kind: 'deferred',
      scope: 'sender',
      reason: 'ClientLogin: ServiceUnavailable',
    })
  })

  it('holds the sender when ClientLogin cannot be reached', async () => {
    const outcome = await c2dm.transport({ ...ACCOUNT, clientLoginUrl: 'http://no-such-host.invalid/' }).send(SEND)
    expect(outcome).toMatchObject({ kind: 'deferred', scope: 'sender' })
  })

  it('for Unknown is tried a few times, and is then for a person, open to a probe', async () => {
    c2dm.onLogin = (response) => response.writeHead(403).end('Error=Unknown\n')
    const transport = c2dm.transport()
    const kinds: string[] = []
    for (let i = 0; i < 3; i++) {
      kinds.push((await transport.send(SEND)).kind)
      c2dm.time += 30_000
    }
    expect(kinds).toEqual(['deferred', 'deferred', 'unauthorized'])
    c2dm.onLogin = undefined
    expect(await transport.send(SEND)).toEqual(ACCEPTED)
  })
})

describe('Update-Client-Auth', () => {
  const replaceOnce = () => {
    c2dm.good.add('replacement')
    c2dm.onSend = (response) => {
      c2dm.onSend = undefined
      response.setHeader('Update-Client-Auth', 'replacement')
      response.end('id=0:1\n')
    }
  }

  it('is the token of the next request, here and after a restart, and sends nothing again', async () => {
    replaceOnce()
    const transport = c2dm.transport()
    expect(await transport.send(SEND)).toEqual(ACCEPTED)
    expect(c2dm.sentWith).toEqual(['token-1'])
    await transport.send(SEND)
    await c2dm.transport().send(SEND)
    expect(c2dm.sentWith).toEqual(['token-1', 'replacement', 'replacement'])
  })

  it('on a refusal is what the message goes again with', async () => {
    c2dm.good.add('replacement')
    c2dm.onSend = (response) => {
      c2dm.onSend = undefined
      response.writeHead(401, { 'Update-Client-Auth': 'replacement' }).end()
    }
    expect(await c2dm.transport().send(SEND)).toEqual(ACCEPTED)
    expect(c2dm.sentWith).toEqual(['token-1', 'replacement'])
    expect(c2dm.logins()).toBe(1)
  })

  it('is renewed by a login when C2DM refuses it', async () => {
    replaceOnce()
    const transport = c2dm.transport()
    await transport.send(SEND)
    c2dm.good.delete('replacement')
    expect(await transport.send(SEND)).toEqual(ACCEPTED)
    expect(c2dm.sentWith).toEqual(['token-1', 'replacement', 'token-2'])
  })

  it('is left alone when no header could carry it', async () => {
    c2dm.onSend = (response) => response.setHeader('Update-Client-Auth', 'two words').end('id=0:1')
    const transport = c2dm.transport()
    await transport.send(SEND)
    await transport.send(SEND)
    expect(c2dm.sentWith).toEqual(['token-1', 'token-1'])
  })
})
