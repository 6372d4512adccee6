import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createEmulator, type Emulator } from '../../../src/emulator/create-emulator.ts'
import { CLIENT_LOGIN_ERRORS } from '../../../src/protocols/c2dm.ts'
import { type Answer, login, post, postLogin, send } from './client.ts'

let emulator: Emulator

beforeEach(async () => {
  emulator = await createEmulator()
})
afterEach(() => emulator.close())

async function curl(args: string[]): Promise<string | undefined> {
  try {
    return (await promisify(execFile)('curl', ['--silent', ...args])).stdout
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

const line = (answer: Answer, name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(answer.body)?.[1]

describe('ClientLogin', () => {
  it('gives a token that C2DM takes', async () => {
    const answer = await postLogin(emulator)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/)
    expect(answer.body).toMatch(/^SID=[\w-]+\nLSID=[\w-]+\nAuth=[\w-]+\n$/)
    const to = emulator.devices.create().registrationId
    expect(await send(emulator, { token: line(answer, 'Auth') ?? '', to })).toMatchObject({ status: 200 })
    expect(emulator.requests.counts()['client-login']).toEqual({ accepted: 1 })
  })

  it('answers the cURL line of django-c2dm, which has no source', async () => {
    const { user, password } = emulator.credentials.c2dm
    const fields = [`Email=${user}`, `Passwd=${password}`, 'accountType=HOSTED_OR_GOOGLE', 'service=ac2dm']
    const args = ['-X', 'POST', emulator.services.c2dm.clientLoginUrl, ...fields.flatMap((field) => ['-d', field])]
    // A machine without curl sends what curl would have sent.
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    const body = (await curl(args)) ?? (await post(emulator.services.c2dm.clientLoginUrl, fields.join('&'), type)).body
    expect(body).toMatch(/^Auth=[\w-]+$/m)
  })

  it('names its default account, or the one it is given', async () => {
    expect(emulator.credentials.c2dm).toMatchObject({ user: 'emulator@example.com', accountType: 'GOOGLE' })
    const account = { user: 'me@example.org', password: 'p&ss =wörd', accountType: 'HOSTED', appName: 'a-b-1' } as const
    await using other = await createEmulator({ c2dm: account })
    expect(other.credentials.c2dm).toEqual(account)
    expect(await postLogin(other)).toMatchObject({ status: 200 })
  })

  it.each([
    ['another password', { Passwd: 'wrong' }],
    ['another user', { Email: 'nobody@example.com' }],
    ['an account type that the account is not of', { accountType: 'HOSTED' }],
  ])('refuses %s with BadAuthentication, status 403', async (_case, fields) => {
    expect(await postLogin(emulator, fields)).toMatchObject({ status: 403, body: 'Error=BadAuthentication\n' })
    expect(emulator.requests.count('client-login', 'BadAuthentication')).toBe(1)
  })

  it.each([
    ['no Email', { Email: '' }, 'Email'],
    ['no Passwd', { Passwd: '' }, 'Passwd'],
    ['no service', { service: '' }, 'service'],
    ['another service', { service: 'cl' }, 'ac2dm'],
    ['an unknown account type', { accountType: 'google' }, 'accountType'],
    ['a captcha token without its answer', { logintoken: 'x' }, 'logincaptcha'],
  ])('answers %s with Unknown, says why, and counts it as malformed', async (_case, fields, named) => {
    const answer = await postLogin(emulator, fields)
    expect(answer).toMatchObject({ status: 403, body: expect.stringMatching(/^Error=Unknown\nInfo=.+\n$/) })
    expect(answer.body).toContain(named)
    expect(emulator.requests.counts()['client-login']).toEqual({ malformed: 1 })
  })

  it.each(CLIENT_LOGIN_ERRORS)('answers %s when a fault says so', async (code) => {
    emulator.faults.add({ service: 'client-login', times: 1, effect: { kind: 'error', code } })
    const answer = await postLogin(emulator)
    expect(answer.status).toBe(403)
    expect(line(answer, 'Error')).toBe(code)
    expect(emulator.requests.counts()['client-login']).toEqual({ [code]: 1 })
    expect(await postLogin(emulator)).toMatchObject({ status: 200 })
  })
})

describe('A captcha', () => {
  beforeEach(() => {
    emulator.faults.add({ service: 'client-login', effect: { kind: 'error', code: 'CaptchaRequired' } })
  })

  it('lets the login pass that sends its token with the right answer', async () => {
    const refused = await postLogin(emulator)
    const logintoken = line(refused, 'CaptchaToken') ?? ''
    expect(line(refused, 'CaptchaUrl')).toBe(`Captcha?ctoken=${logintoken}`)
    expect(line(refused, 'Url')).toBe('http://www.google.com/login/captcha')
    const [captcha] = emulator.captchas()
    expect(captcha?.token).toBe(logintoken)
    expect(await postLogin(emulator, { logintoken, logincaptcha: captcha?.answer ?? '' })).toMatchObject({
      status: 200,
    })
    expect(emulator.captchas()).toEqual([])
  })

  it('is shown at the address that the reply names', async () => {
    const refused = await postLogin(emulator)
    const url = new URL(line(refused, 'CaptchaUrl') ?? '', emulator.services.c2dm.clientLoginUrl)
    const shown = await fetch(url)
    expect(await shown.text()).toContain(emulator.captchas()[0]?.answer)
    expect((await fetch(`${url}x`)).status).toBe(404)
  })

  it('is asked for again after a wrong answer, a used one, and by the next login', async () => {
    const logintoken = line(await postLogin(emulator), 'CaptchaToken') ?? ''
    const logincaptcha = emulator.captchas()[0]?.answer ?? ''
    expect(await postLogin(emulator, { logintoken, logincaptcha: 'wrong' })).toMatchObject({ status: 403 })
    expect(await postLogin(emulator, { logintoken, logincaptcha })).toMatchObject({ status: 200 })
    expect(await postLogin(emulator, { logintoken, logincaptcha })).toMatchObject({ status: 403 })
    expect(await postLogin(emulator)).toMatchObject({ status: 403 })
    expect(emulator.requests.counts()['client-login']).toEqual({ CaptchaRequired: 4, accepted: 1 })
  })

  it('does not replace the password', async () => {
    const logintoken = line(await postLogin(emulator), 'CaptchaToken') ?? ''
    const logincaptcha = emulator.captchas()[0]?.answer ?? ''
    const answer = await postLogin(emulator, { Passwd: 'wrong', logintoken, logincaptcha })
    expect(answer).toMatchObject({ status: 403, body: 'Error=BadAuthentication\n' })
  })
})

it('two logins give two tokens, and both are alive', async () => {
  const [first, second] = [await login(emulator), await login(emulator)]
  expect(first).not.toBe(second)
  const to = emulator.devices.create().registrationId
  for (const token of [first, second]) expect(await send(emulator, { token, to })).toMatchObject({ status: 200 })
})
