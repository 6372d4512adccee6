import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createEmulator, type Emulator } from '../../../src/emulator/create-emulator.ts'
import { accessToken, askToken, assertion, type Claims, call, post } from './fcm-client.ts'

const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

let emulator: Emulator

beforeAll(async () => {
  emulator = await createEmulator()
})
afterAll(() => emulator.close())
beforeEach(() => emulator.reset())

const now = () => Math.floor(Date.now() / 1000)
const ask = (claims?: Claims, header?: Claims, key?: string) =>
  askToken(emulator, { grant_type: GRANT, assertion: assertion(emulator, claims, header, key) })

describe("Google's token endpoint", () => {
  it('knows one service account, as a key file that leads to it', () => {
    const { projectId, serviceAccount } = emulator.credentials.fcm
    expect(serviceAccount).toMatchObject({
      type: 'service_account',
      project_id: projectId,
      private_key: expect.stringMatching(/^-----BEGIN PRIVATE KEY-----\n/),
      private_key_id: expect.stringMatching(/^[0-9a-f]{40}$/),
      client_email: expect.stringMatching(/^push-[0-9a-f]{8}@sendword-emulator\.iam\.gserviceaccount\.com$/),
      client_id: expect.stringMatching(/^\d{21}$/),
      token_uri: emulator.services.fcm.tokenUrl,
    })
  })

  it('gives an access token for an assertion', async () => {
    const { status, headers, json } = await ask()
    expect(status).toBe(200)
    expect(headers['cache-control']).toMatch(/no-store/)
    expect(json).toEqual({ access_token: expect.stringMatching(/^ya29\./), expires_in: 3599, token_type: 'Bearer' })
    expect(emulator.requests.counts()['google-oauth']).toEqual({ accepted: 1 })
  })

  it('takes an assertion for Google, from clients that reach it in the place of Google', async () => {
    expect((await ask({ aud: 'https://oauth2.googleapis.com/token' })).status).toBe(200)
  })

  it('takes an assertion without a key id, and several scopes', async () => {
    expect((await ask({}, { kid: undefined })).status).toBe(200)
    const scope = ['firebase.messaging', 'userinfo.email'].map((name) => `https://www.googleapis.com/auth/${name}`)
    expect((await ask({ scope: scope.join(' ') })).status).toBe(200)
  })

  it.each<[string, Claims, Claims, RegExp]>([
    ['another issuer', { iss: 'other@example.com' }, {}, /account not found/],
    ['another audience', { aud: 'https://oauth2.example.com/token' }, {}, /Failed audience check/],
    ['another key id', {}, { kid: 'other' }, /Invalid JWT Signature/],
    ['another algorithm', {}, { alg: 'HS256' }, /Invalid JWT Signature/],
    ['a life of more than an hour', { iat: now(), exp: now() + 3601 }, {}, /short-lived token/],
    ['an end that is over', { iat: now() - 3700, exp: now() - 100 }, {}, /short-lived token/],
    ['a beginning that is still to come', { iat: now() + 100, exp: now() + 200 }, {}, /short-lived token/],
    ['an end before its beginning', { iat: now(), exp: now() - 1 }, {}, /short-lived token/],
    ['no end', { exp: undefined }, {}, /Invalid JWT/],
  ])('answers invalid_grant to an assertion with %s', async (_case, claims, header, description) => {
    const { status, json } = await ask(claims, header)
    expect(status).toBe(400)
    expect(json).toEqual({ error: 'invalid_grant', error_description: expect.stringMatching(description) })
  })

  it('answers invalid_grant to a signature of another key, and to what is no JWT', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    expect((await ask({}, {}, key)).json.error_description).toBe('Invalid JWT Signature.')
    for (const text of ['x', 'a.b.c', `${assertion(emulator)}.x`, assertion(emulator).replace(/\.[^.]*$/, '.')]) {
      const { json } = await askToken(emulator, { grant_type: GRANT, assertion: text })
      expect(json.error).toBe('invalid_grant')
    }
  })

  it.each([undefined, '', 'firebase.messaging', 'https://www.googleapis.com/auth/a other'])(
    'answers invalid_scope to the scope %s',
    async (scope) => {
      expect((await ask({ scope })).json.error).toBe('invalid_scope')
    },
  )

  it.each([
    [{ assertion: 'x' }, 'unsupported_grant_type'],
    [{ grant_type: 'refresh_token', assertion: 'x' }, 'unsupported_grant_type'],
    [{ grant_type: GRANT }, 'invalid_request'],
  ])('answers the form %j with %s, and counts it as malformed', async (form, error) => {
    const { status, json } = await askToken(emulator, form as Record<string, string>)
    expect({ status, error: json.error }).toEqual({ status: 400, error })
    expect(emulator.requests.counts()['google-oauth']).toEqual({ malformed: 1 })
  })

  it('answers JSON, and a GET, as OAuth does: invalid_request', async () => {
    const json = { ':path': '/token', 'content-type': 'application/json' }
    expect((await call(emulator, json, '{}')).json.error).toBe('invalid_request')
    expect(await call(emulator, { ':path': '/token', ':method': 'PUT' }, '')).toMatchObject({ status: 405 })
  })
})

describe('An access token', () => {
  it('lives as long as it says', async () => {
    let time = Date.now()
    const clock = { now: () => time, sleep: () => new Promise<void>(() => {}) }
    await using brief = await createEmulator({ clock, fcm: { tokenLifetimeMs: 60_000 } })
    const { json } = await askToken(brief, { grant_type: GRANT, assertion: assertion(brief) })
    expect(json.expires_in).toBe(60)
    time += 59_999
    expect((await post(brief, json.access_token, { message: { topic: 'a' } })).status).toBe(200)
    time += 1
    expect((await post(brief, json.access_token, { message: { topic: 'a' } })).status).toBe(401)
  })

  it('lives on while the account is revoked, and no other is given until it is restored', async () => {
    const token = await accessToken(emulator)
    emulator.fcm.revokeServiceAccount()
    expect((await ask()).json).toEqual({ error: 'invalid_grant', error_description: 'Invalid JWT Signature.' })
    expect((await post(emulator, token, { message: { topic: 'a' } })).status).toBe(200)
    emulator.fcm.restoreServiceAccount()
    expect((await ask()).status).toBe(200)
  })

  it('is not taken by another emulator, nor is an assertion', async () => {
    await using other = await createEmulator()
    expect((await post(other, await accessToken(emulator), { message: { topic: 'a' } })).status).toBe(401)
    const answer = await askToken(other, { grant_type: GRANT, assertion: assertion(emulator) })
    expect(answer.json.error).toBe('invalid_grant')
  })
})
