// `sendword c2dm login`: the token alone on standard output, and every error of ClientLogin with its cure.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createEmulator, type Emulator } from '../../../src/emulator/create-emulator.ts'
import { killAllRunning, removeFolder, runCommand, temporaryFolder } from './command.ts'

let folder: string
let emulator: Emulator
let env: Record<string, string>
beforeAll(async () => {
  folder = await temporaryFolder()
  emulator = await createEmulator()
  const { user, password } = emulator.credentials.c2dm
  const { clientLoginUrl } = emulator.services.c2dm
  env = { C2DM_AUTH_USER: user, C2DM_AUTH_PASSWORD: password, CLIENT_LOGIN_URL: clientLoginUrl }
})
afterEach(() => emulator.reset())
afterAll(async () => {
  killAllRunning()
  await emulator.close()
  await removeFolder(folder)
})

const login = (words: readonly string[] = [], over: Record<string, string> = {}, input = '') =>
  runCommand(['c2dm', 'login', ...words], { folder, env: { ...env, ...over }, input })

describe('c2dm login', () => {
  test('prints the token and nothing else', async () => {
    const { code, out, err } = await login()
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/^[!-~]{20,}\n$/)
  })

  test('takes the account from flags and the password from standard input', async () => {
    const { user, password } = emulator.credentials.c2dm
    const words = ['--user', user, '--password-stdin', '--account-type', 'GOOGLE', '--app-name', 'a-b-1', '--json']
    const { code, out } = await login(words, { C2DM_AUTH_USER: '', C2DM_AUTH_PASSWORD: '' }, `${password}\n`)
    expect(code).toBe(0)
    expect(JSON.parse(out)).toEqual({ token: expect.any(String) })
  })

  test('needs a user and a password', async () => {
    const { code, err } = await login([], { C2DM_AUTH_PASSWORD: '' })
    expect(code).toBe(2)
    expect(err).toMatch(/^code: PUSH_C2DM_NOT_CONFIGURED$/m)
  })

  test('with a wrong password says what to do, and never shows it', async () => {
    const { code, out, err } = await login([], { C2DM_AUTH_PASSWORD: 'a-wrong-password' })
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(
      /^error: ClientLogin refused the account: BadAuthentication\. Check the user and the password\./m,
    )
    expect(err).toMatch(/^code: PUSH_C2DM_LOGIN_REFUSED$/m)
    expect(err).not.toContain('a-wrong-password')
  })

  test.each([
    ['NotVerified', 2, /verify its e-mail address/],
    ['TermsNotAgreed', 2, /accept the terms of service/],
    ['Unknown', 2, /check the account type/],
    ['AccountDeleted', 2, /use another one/],
    ['AccountDisabled', 2, /log in with a browser/],
    ['ServiceDisabled', 2, /sign it up for C2DM/],
    ['ServiceUnavailable', 1, /Try again in a few minutes/],
  ] as const)('says the cure of %s', async (error, exitCode, cure) => {
    emulator.faults.add({ service: 'client-login', effect: { kind: 'error', code: error } })
    const { code, out, err } = await login()
    expect({ code, out }).toEqual({ code: exitCode, out: '' })
    expect(err).toContain(error)
    expect(err).toMatch(cure)
  })

  test('shows the captcha that is asked for, and goes on with its answer', async () => {
    emulator.faults.add({ service: 'client-login', effect: { kind: 'error', code: 'CaptchaRequired' } })
    const { code, err } = await login()
    expect(code).toBe(2)
    const [, url = '', token = ''] =
      /Look at (\S+), and repeat .* --captcha-token (\S+) --captcha-answer/.exec(err) ?? []
    const picture = (await (await fetch(url)).json()) as { answer: string }
    const solved = await login(['--captcha-token', token, '--captcha-answer', picture.answer])
    expect(solved).toMatchObject({ code: 0, err: '' })
  })

  test('says when ClientLogin cannot be reached', async () => {
    const { code, err } = await login(['--url', 'http://127.0.0.1:9/accounts/ClientLogin'])
    expect(code).toBe(1)
    expect(err).toMatch(/^code: PUSH_C2DM_LOGIN_UNAVAILABLE$/m)
  })
})
