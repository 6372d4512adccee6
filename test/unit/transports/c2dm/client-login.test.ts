import { afterEach, describe, expect, it } from 'vitest'
import { createHttpClient } from '../../../../src/net/http-client.ts'
import { CLIENT_LOGIN_ERRORS } from '../../../../src/protocols/c2dm.ts'
import { type ClientLoginRequest, clientLogin } from '../../../../src/transports/c2dm/client-login.ts'
import { CLIENT_LOGIN_ERROR_TABLE } from '../../../../src/transports/c2dm/client-login-errors.ts'
import { type ScriptedServer, startScriptedServer } from '../../../kit/scripted-server.ts'

const ACCOUNT = {
  kind: 'account',
  user: 'sender@example.com',
  password: 'correct & horse',
  accountType: 'HOSTED_OR_GOOGLE',
  appName: 'acme-app-1',
} as const
const NOW = Date.UTC(2026, 0, 1)

const http = createHttpClient({ maxConnections: 1, timeoutMs: 5_000 })
let server: ScriptedServer | undefined
afterEach(() => server?.close())

async function login(status: number, body: string, headers = {}, captcha?: ClientLoginRequest['captcha']) {
  server = await startScriptedServer((_, response) => response.writeHead(status, headers).end(body))
  const url = new URL('/accounts/ClientLogin', server.url)
  return clientLogin({ account: ACCOUNT, url, captcha }, { http, now: () => NOW })
}

function sentForm(): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(server?.seen[0]?.body))
}

describe('clientLogin', () => {
  it('posts the account as a form for the service ac2dm', async () => {
    await login(200, 'Auth=x')
    expect(server?.seen).toMatchObject([
      { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    ])
    expect(sentForm()).toEqual({
      accountType: 'HOSTED_OR_GOOGLE',
      Email: 'sender@example.com',
      Passwd: 'correct & horse',
      service: 'ac2dm',
      source: 'acme-app-1',
    })
  })

  it('adds the answer to a captcha', async () => {
    await login(200, 'Auth=x', {}, { token: 'captcha-token', answer: 'cat' })
    expect(sentForm()).toMatchObject({ logintoken: 'captcha-token', logincaptcha: 'cat' })
  })

  it.each([
    ['SID=a=b\nLSID=c\nAuth=DQAAA==\n', 'DQAAA=='],
    ['SID=a\r\nAuth=DQ=AAA\r\n', 'DQ=AAA'],
    ['Auth=last-line', 'last-line'],
  ])('finds the token in %j', async (body, token) => {
    expect(await login(200, body)).toEqual({ kind: 'ok', token })
  })

  it.each(CLIENT_LOGIN_ERRORS)('reads the error %s', async (code) => {
    expect(await login(403, `Url=http://example.com/a=b\nError=${code}\n`)).toMatchObject({ kind: 'error', code })
  })

  it('takes an error that is not listed for Unknown', async () => {
    expect(await login(403, 'Error=BrandNew\n')).toEqual({ kind: 'error', code: 'Unknown' })
    expect(await login(404, '<html>Not found</html>')).toEqual({ kind: 'error', code: 'Unknown' })
  })

  it('brings the captcha, its address resolved against that of the login', async () => {
    const body =
      'Url=http://www.google.com/login/captcha\nError=CaptchaRequired\nCaptchaToken=DQ=A\nCaptchaUrl=Captcha?ctoken=HiteT%3D\n'
    expect(await login(403, body)).toEqual({
      kind: 'error',
      code: 'CaptchaRequired',
      captcha: { token: 'DQ=A', url: `${server?.url}/accounts/Captcha?ctoken=HiteT%3D` },
    })
  })

  it('shows no captcha address that is not a web page', async () => {
    const answer = await login(403, 'Error=CaptchaRequired\nCaptchaToken=t\nCaptchaUrl=javascript:alert(1)\n')
    expect(answer).toMatchObject({ captcha: { token: 't', url: undefined } })
    expect(await login(403, 'Error=CaptchaRequired\n')).toMatchObject({ captcha: { token: '', url: undefined } })
  })

  it.each([
    ['503 with seconds', 503, '', { 'Retry-After': '7' }, { reason: 'HTTP 503', retryAfterMs: 7_000 }],
    ['500', 500, 'Error=BadAuthentication', {}, { reason: 'HTTP 500' }],
    ['200 without a token', 200, '<html>', {}, { reason: 'an answer without an Auth line' }],
    ['a token that no header can carry', 200, 'Auth=a b', {}, { reason: 'an answer without an Auth line' }],
  ])('has no verdict after %s', async (_, status, body, headers, expected) => {
    expect(await login(status, body, headers)).toEqual({ kind: 'transient', ...expected })
  })

  it('has no verdict when ClientLogin cannot be reached', async () => {
    server = await startScriptedServer(() => {})
    await server.close()
    const url = new URL(server.url)
    expect(await clientLogin({ account: ACCOUNT, url }, { http, now: () => NOW })).toEqual({
      kind: 'transient',
      reason: expect.stringContaining('ECONNREFUSED'),
    })
  })
})

describe('the table of ClientLogin errors', () => {
  it('has a cure, as a sentence, for every error', () => {
    expect(Object.keys(CLIENT_LOGIN_ERROR_TABLE).sort()).toEqual([...CLIENT_LOGIN_ERRORS].sort())
    for (const { cure } of Object.values(CLIENT_LOGIN_ERROR_TABLE)) expect(cure).toMatch(/^[A-Z].*\.$/)
  })
})
