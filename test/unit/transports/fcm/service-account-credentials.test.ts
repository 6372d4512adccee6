import { createPublicKey, verify } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ACCEPTED, KEY, SEND, type StubGoogle, startStubGoogle } from './stub-google.ts'

const MINUTE = 60_000

let google: StubGoogle
beforeEach(async () => {
  google = await startStubGoogle()
})
afterEach(() => google.close())

describe('the assertion', () => {
  it('is a JWT of the service account for this scope, signed with RS256, that lives an hour', async () => {
    await google.transport().send(SEND)
    const form = new URLSearchParams(google.asked[0]?.body)
    expect(form.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer')
    const [header = '', claims = '', signature = ''] = form.get('assertion')?.split('.') ?? []
    const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString())
    expect(read(header)).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'key-1' })
    const iat = google.time / 1000
    expect(read(claims)).toEqual({
      iss: KEY.client_email,
      scope: 'https://www.googleapis.com/auth/firebase.messaging',
      // The key's own, wherever the request goes.
      aud: 'https://oauth2.googleapis.com/token',
      iat,
      exp: iat + 3600,
    })
    const signed = Buffer.from(`${header}.${claims}`)
    const key = createPublicKey(KEY.private_key)
    expect(verify('RSA-SHA256', signed, key, Buffer.from(signature, 'base64url'))).toBe(true)
  })
})

describe('an access token', () => {
  it('is asked for once by sends that come together', async () => {
    const transport = google.transport()
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => transport.send(SEND)))
    expect(outcomes).toEqual(Array.from({ length: 50 }, () => ACCEPTED))
    expect(google.exchanges()).toBe(1)
  })

  it('is renewed five minutes before its end, and no send waits for that', async () => {
    const transport = google.transport()
    await transport.send(SEND)
    google.time += 54 * MINUTE
    await transport.send(SEND)
    expect(google.exchanges()).toBe(1)

    google.time += 2 * MINUTE
    let answer = () => {}
    google.onExchange = (response) => {
      google.good.add('token-new')
      answer = () => response.end(JSON.stringify({ access_token: 'token-new', expires_in: 3600 }))
    }
    expect(await transport.send(SEND)).toEqual(ACCEPTED)
    await google.askedFor(2)
    expect(await transport.send(SEND)).toEqual(ACCEPTED)
    expect(google.sentWith).toEqual(['token-1', 'token-1', 'token-1', 'token-1'])
    answer()
    await expect.poll(() => transport.send(SEND).then(() => google.sentWith.at(-1))).toBe('token-new')
    expect(google.exchanges()).toBe(2)
  })

  it('is used to its end when no other can be had, and then the sender waits', async () => {
    const transport = google.transport()
    await transport.send(SEND)
    google.onExchange = (response) => response.writeHead(500).end()
    google.time += 59 * MINUTE
    expect(await transport.send(SEND)).toEqual(ACCEPTED)
    await google.askedFor(2)
    google.time += 2 * MINUTE
    expect(await transport.send(SEND)).toMatchObject({ kind: 'deferred', scope: 'sender' })
  })

  it('that lives a short time is not renewed with every send', async () => {
    google.lifetime = 60
    const transport = google.transport()
    await transport.send(SEND)
    google.time += 50_000
    await transport.send(SEND)
    expect(google.exchanges()).toBe(1)
    google.time += 11_000
    await transport.send(SEND)
    expect(google.exchanges()).toBe(2)
  })

  it('is found by another process, and not once it has expired', async () => {
    await google.transport().send(SEND)
    await google.transport().send(SEND)
    expect(google.sentWith).toEqual(['token-1', 'token-1'])
    google.time += 61 * MINUTE
    await google.transport().send(SEND)
    expect(google.sentWith.at(-1)).toBe('token-2')
  })

  it('that FCM refuses is renewed once for each send, and what stands in the store is not used again', async () => {
    const transport = google.transport()
    await transport.send(SEND)
    google.good.clear()
    expect(await transport.send(SEND)).toEqual(ACCEPTED)
    expect(google.sentWith).toEqual(['token-1', 'token-1', 'token-2'])

    google.onExchange = (response) => response.end(JSON.stringify({ access_token: 'bad' }))
    google.good.clear()
    expect(await transport.send(SEND)).toMatchObject({ kind: 'unauthorized', probe: true })
    expect(google.exchanges()).toBe(3)
  })

  it('is not asked for again and again while Google refuses', async () => {
    google.onExchange = (response) => response.writeHead(400).end(JSON.stringify({ error: 'invalid_grant' }))
    const transport = google.transport()
    for (let i = 0; i < 5; i++) {
      expect(await transport.send(SEND)).toEqual({ kind: 'unauthorized', reason: 'invalid_grant', probe: true })
    }
    expect(google.exchanges()).toBe(1)
    expect(google.logger.lines.join('\n')).toContain('this machine’s clock')
    google.time += 10_001
    google.onExchange = undefined
    expect(await transport.send(SEND)).toEqual(ACCEPTED)
  })

  it.each<[string, number, string]>([
    ['an error of a server', 500, ''],
    ['a proxy’s page', 403, '<html>'],
    ['no token', 200, '{}'],
    ['a token that no header can hold', 200, '{"access_token":"a\\nb"}'],
    ['a passing error', 400, '{"error":"temporarily_unavailable"}'],
  ])('is asked for later after %s', async (_, status, body) => {
    google.onExchange = (response) => response.writeHead(status).end(body)
    expect(await google.transport().send(SEND)).toMatchObject({ kind: 'deferred', scope: 'sender' })
  })

  it('is not shown, and neither is the key, whatever is logged', async () => {
    google.store.failure = new Error('no database: token-1')
    await google.transport().send(SEND)
    const lines = google.logger.lines.join('\n')
    expect(lines).toContain('could not be stored')
    expect(lines).not.toMatch(/token-1|PRIVATE KEY/)
  })
})

describe('the fingerprint of the credential', () => {
  const of = (options: object) => google.transport({ serviceAccount: KEY, ...options }).credentialFingerprint

  it('stays while the credential stays, and changes with it, its project and its service', () => {
    expect(of({})).toBe(of({ maxInFlight: 3 }))
    const all = [{}, { projectId: 'other' }, { url: 'http://localhost:1' }, { serviceAccount: undefined }]
    expect(new Set(all.map(of)).size).toBe(all.length)
  })
})
