import { describe, expect, test } from 'vitest'
import { reportFailure } from '../../../src/cli/report-failure.ts'
import { StopRequest } from '../../../src/cli/stop-signals.ts'
import type { Terminal } from '../../../src/cli/terminal.ts'
import { EmulatorError } from '../../../src/emulator/emulator-error.ts'
import { StateError } from '../../../src/model/push-error.ts'

function report(error: unknown, debug = false): string[] {
  const lines: string[] = []
  reportFailure(error, { terminal: { note: (line: string) => void lines.push(line) } as unknown as Terminal, debug })
  return lines
}

describe('a failure is told', () => {
  test('with what is wrong, what to do, and its code', () => {
    expect(report(new StateError('PUSH_DEVICE_UNKNOWN', { cause: new Error('inner') }))).toEqual([
      'error: There is no such device. Check the device id; the device may have been removed.',
      'code: PUSH_DEVICE_UNKNOWN',
    ])
    expect(report(new EmulatorError('EMULATOR_LISTEN', 'Something listens there.'))).toEqual([
      'error: Something listens there.',
      'code: EMULATOR_LISTEN',
    ])
  })

  test('as ours when nobody foresaw it, without secrets and without a stack', () => {
    expect(report(new TypeError('no host in postgres://user:secret@host/db'))).toEqual([
      'error: no host in postgres://[redacted]@host/db. This is a fault of Sendword; with SENDWORD_DEBUG=1 it says where.',
      'code: PUSH_INTERNAL',
    ])
  })

  test('with where it came from when that is asked for', () => {
    const lines = report(new StateError('PUSH_DEVICE_UNKNOWN', { cause: new Error('inner') }), true)
    expect(lines.join('\n')).toMatch(/at .*report-failure\.test\.ts[\s\S]*inner/)
  })

  test('by nothing when it was stopped', () => {
    expect(report(new StopRequest('SIGINT'), true)).toEqual([])
  })
})
