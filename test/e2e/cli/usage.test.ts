// What the command says of itself, and of a command line or configuration that is wrong.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import manifest from '../../../package.json' with { type: 'json' }
import { killAllRunning, removeFolder, runCommand, temporaryFolder } from './command.ts'

let folder: string
beforeAll(async () => {
  folder = await temporaryFolder()
})
afterAll(async () => {
  killAllRunning()
  await removeFolder(folder)
})

describe('the command', () => {
  test('prints its version', async () => {
    const { code, out } = await runCommand(['--version'], { folder })
    expect({ code, out }).toEqual({ code: 0, out: `${manifest.version}\n` })
  })

  test('shows its help, also when nothing is asked of it', async () => {
    const [asked, unasked] = await Promise.all([runCommand(['--help'], { folder }), runCommand([], { folder })])
    expect(asked).toEqual(unasked)
    expect(asked.code).toBe(0)
    for (const name of ['serve', 'worker', 'emulator', 'demo', 'send', 'devices', 'messages', 'c2dm', 'migrate']) {
      expect(asked.out).toMatch(new RegExp(`^  ${name}\\b`, 'm'))
    }
    expect(asked.out).toContain('Example:')
  })

  test.each([
    [
      ['serve', '--prot', '1'],
      /^error: Unknown option '--prot'\. Did you mean --port\? Run `sendword serve --help`\.$/m,
    ],
    [['devics'], /^error: Unknown command 'devics'\. Did you mean devices\? Run `sendword --help`\.$/m],
    [['devices', 'lst'], /^error: Unknown command 'lst'\. Did you mean list\? Run `sendword devices --help`\.$/m],
    [['serve', '--port', '99999'], /^error: Option '--port <n>' argument '99999' is invalid\./m],
    [['send'], /^error: Missing required argument 'deviceId'\./m],
    [['send', 'device-0001', '--data', 'novalue'], /It must be key=value\./],
    [['send', 'device-0001', '--json-data', '[1]'], /It must be a JSON object of texts\./],
    [['c2dm', 'login', '--captcha-token', 'x'], /--captcha-token and --captcha-answer belong together\./],
  ])('refuses %j with exit code 2', async (words, message) => {
    const { code, out, err } = await runCommand(words, { folder })
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(message)
    expect(err).toMatch(/^code: PUSH_COMMAND_INVALID$/m)
    expect(err).not.toMatch(/^ {4}at /m)
  })
})

describe('a wrong configuration', () => {
  test('is told with the option, the variable, the value and the cure, and exit code 2', async () => {
    const { code, err } = await runCommand(['serve'], { folder, env: { SENDWORD_PORT: 'eighty' } })
    expect(code).toBe(2)
    expect(err).toMatch(/^error: .*http\.port.*SENDWORD_PORT.*"eighty".*whole number/m)
    expect(err).toMatch(/^code: PUSH_CONFIG_INVALID$/m)
  })

  test('never shows a password', async () => {
    const env = { C2DM_AUTH_USER: 'a@example.com', C2DM_AUTH_PASSWORD: 'hunter2\u0007hunter2' }
    const { code, err } = await runCommand(['serve'], { folder, env })
    expect(code).toBe(2)
    expect(err).toContain('C2DM_AUTH_PASSWORD')
    expect(err).not.toContain('hunter2')
  })

  test('in a file names the file; flags go before the environment, and that before the file', async () => {
    const own = join(folder, 'own')
    await mkdir(own)
    await writeFile(join(own, 'sendword.config.ts'), 'export default { http: { port: 70000, host: 7 } }\n')
    const both = await runCommand(['serve', '--host', '127.0.0.1'], { folder: own })
    expect(both.err).toMatch(/http\.port.*70000/)
    expect(both.err).not.toContain('http.host')
    const absent = await runCommand(['serve', '--config', 'absent.json'], { folder: own })
    expect(absent.code).toBe(2)
    expect(absent.err).toMatch(/absent\.json does not exist/)
  })

  test('of a variable that means nothing is only a warning', async () => {
    const { err } = await runCommand(['serve', '--config', 'absent.json'], { folder, env: { SENDWORD_PROT: '1' } })
    expect(err).toMatch(/^warning: SENDWORD_PROT .*did you mean SENDWORD_PORT\?$/m)
  })

  test.each([
    ['http://127.0.0.1:9', /127\.0\.0\.1:9\/ cannot be reached/],
    ['ftp://example.com', /is not an http:\/\/ or https:\/\/ URL/],
  ])('of an emulator at %s that is none says so', async (url, message) => {
    const { code, err } = await runCommand(['serve', '--emulator', url], { folder })
    expect(code).toBe(2)
    expect(err).toMatch(message)
    expect(err).toMatch(/^code: PUSH_EMULATOR_UNUSABLE$/m)
  })

  test('of a data folder that cannot be is told with exit code 2', async () => {
    await writeFile(join(folder, 'a-file'), '')
    const { code, err } = await runCommand(['serve', '--data', 'a-file/data'], { folder })
    expect(code).toBe(2)
    expect(err).toMatch(/^error: The data folder .*a-file\/data cannot be used: a part of its path is a file/m)
    expect(err).toMatch(/^code: PUSH_DATABASE_FOLDER$/m)
  })

  test('of C2DM without a credential, and a worker that has nothing to deliver, are told', async () => {
    const half = await runCommand(['serve'], { folder, env: { C2DM_AUTH_USER: 'a@example.com' } })
    expect(half.code).toBe(2)
    expect(half.err).toMatch(/a user, but no password/)
    const idle = await runCommand(['worker'], { folder })
    expect(idle.code).toBe(2)
    expect(idle.err).toMatch(/^code: PUSH_C2DM_NOT_CONFIGURED$/m)
  })
})
