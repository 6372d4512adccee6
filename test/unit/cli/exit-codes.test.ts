import { readFile } from 'node:fs/promises'
import { CommanderError } from 'commander'
import { describe, expect, test } from 'vitest'
import { EXIT_CODES, exitCodeOf } from '../../../src/cli/exit-codes.ts'
import { StopRequest } from '../../../src/cli/stop-signals.ts'
import { EmulatorError } from '../../../src/emulator/emulator-error.ts'
import { ConfigError, InputError, StateError, TransportError } from '../../../src/model/push-error.ts'

describe('the exit code', () => {
  test.each([
    [new ConfigError('PUSH_CONFIG_INVALID'), 2],
    [new InputError('PUSH_MESSAGE_TOO_BIG'), 2],
    [new StateError('PUSH_DEVICE_FAILED'), 3],
    [new StateError('PUSH_MESSAGE_UNSETTLED'), 4],
    [new StateError('PUSH_DATABASE_DOWN'), 1],
    [new TransportError('PUSH_C2DM_LOGIN_UNAVAILABLE'), 1],
    [new EmulatorError('EMULATOR_LISTEN', 'x'), 2],
    [new EmulatorError('EMULATOR_HANDSHAKE', 'x'), 1],
    [new StopRequest('SIGINT'), 130],
    [new StopRequest('SIGTERM'), 143],
    [new CommanderError(1, 'commander.help', 'x'), 2],
    [new CommanderError(0, 'commander.helpDisplayed', 'x'), 0],
    [new TypeError('x'), 1],
    ['thrown text', 1],
  ])('of %s is %i', (error, code) => {
    expect(exitCodeOf(error)).toBe(code)
  })

  test('has the same table in docs/reference/cli.md', async () => {
    const page = await readFile('docs/reference/cli.md', 'utf8')
    const [, table = ''] = page.split('| exit code | meaning |\n|---|---|\n')
    const rows = Object.values(EXIT_CODES).map(({ code, meaning }) => `| ${code} | ${meaning} |\n`)
    expect(table).toBe(rows.join(''))
  })
})
