// How a failure is told: what is wrong and what to do on one line, its code on the next. No stack unless it is asked
// for with SENDWORD_DEBUG.
import { inspect } from 'node:util'
import { CommanderError } from 'commander'
import { redactText } from '../app/logging/redact.ts'
import { EmulatorError } from '../emulator/emulator-error.ts'
import { PushError } from '../model/push-error.ts'
import { StopRequest } from './stop-signals.ts'
import type { Terminal } from './terminal.ts'

export interface FailureReport {
  readonly terminal: Terminal
  /** Show where it came from. */
  readonly debug: boolean
}

export function reportFailure(error: unknown, { terminal, debug }: FailureReport): void {
  for (const line of failureLines(error)) terminal.note(line)
  if (debug && !(error instanceof CommanderError) && !(error instanceof StopRequest)) {
    terminal.note(redactText(inspect(error)))
  }
}

function failureLines(error: unknown): string[] {
  // The person who stopped it knows why; what commander throws are help and version, which it has printed.
  if (error instanceof StopRequest || error instanceof CommanderError) return []
  if (error instanceof PushError) return [`error: ${error.detail} ${error.cure}`, `code: ${error.code}`]
  if (error instanceof EmulatorError) return [`error: ${error.message}`, `code: ${error.code}`]
  const text = redactText(error instanceof Error ? error.message || error.name : String(error))
  const sentence = /[.!?]$/.test(text) ? text : `${text}.`
  return [`error: ${sentence} This is a fault of Sendword; with SENDWORD_DEBUG=1 it says where.`, 'code: PUSH_INTERNAL']
}
