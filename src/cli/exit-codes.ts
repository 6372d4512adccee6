// What the command's exit code says, once. docs/reference/cli.md has the same table, and a test holds the two together.
import { CommanderError } from 'commander'
import { EmulatorError, type EmulatorErrorCode } from '../emulator/emulator-error.ts'
import type { ErrorCode } from '../model/error-table.ts'
import { ConfigError, InputError, PushError, StateError } from '../model/push-error.ts'
import { StopRequest } from './stop-signals.ts'

export const EXIT_CODES = {
  ok: { code: 0, meaning: 'It is done; a server or worker was stopped and ended in order.' },
  failed: {
    code: 1,
    meaning: 'It did not work, and not because of what was asked: a fault, or something unreachable.',
  },
  usage: { code: 2, meaning: 'The command line or the configuration is wrong; nothing was done.' },
  refused: {
    code: 3,
    meaning: 'The present state does not allow it: an unknown or failed device, an unknown message.',
  },
  timeout: { code: 4, meaning: 'What was waited for did not come in time.' },
  interrupted: { code: 130, meaning: 'Stopped by SIGINT (Ctrl-C) before it was done.' },
  terminated: { code: 143, meaning: 'Stopped by SIGTERM before it was done.' },
} as const satisfies Record<string, { readonly code: number; readonly meaning: string }>

type ExitName = keyof typeof EXIT_CODES

const HELP_SHOWN = new Set(['commander.helpDisplayed', 'commander.version'])

/** Errors whose class says less than their code. */
const BY_CODE: Readonly<Partial<Record<ErrorCode, ExitName>>> = {
  PUSH_MESSAGE_UNSETTLED: 'timeout',
  PUSH_DATABASE_DOWN: 'failed',
  PUSH_DATABASE_FULL: 'failed',
  PUSH_DATABASE_START: 'failed',
  PUSH_DEMO_FAILED: 'failed',
  PUSH_CLOSED: 'failed',
}

const BY_EMULATOR_CODE: Readonly<Partial<Record<EmulatorErrorCode, ExitName>>> = {
  EMULATOR_INPUT: 'usage',
  EMULATOR_LISTEN: 'usage',
  EMULATOR_TIMEOUT: 'timeout',
}

export function exitCodeOf(error: unknown): number {
  return EXIT_CODES[exitNameOf(error)].code
}

function exitNameOf(error: unknown): ExitName {
  if (error instanceof StopRequest) return error.signal === 'SIGTERM' ? 'terminated' : 'interrupted'
  if (error instanceof CommanderError) return HELP_SHOWN.has(error.code) ? 'ok' : 'usage'
  if (error instanceof EmulatorError) return BY_EMULATOR_CODE[error.code] ?? 'failed'
  if (!(error instanceof PushError)) return 'failed'
  const byCode = BY_CODE[error.code]
  if (byCode !== undefined) return byCode
  if (error instanceof ConfigError || error instanceof InputError) return 'usage'
  return error instanceof StateError ? 'refused' : 'failed'
}
