// The exceptions of Sendword. Match on `code`, not on the class or the text.
import { ERROR_TABLE, type ErrorCode } from './error-table.ts'

export interface ErrorInput {
  /** What exactly is wrong, where: one or two sentences. Holds no secret, token or address. */
  readonly detail?: string
  /** What to do about it, where more can be said than the table says. */
  readonly cure?: string
  /** For logs only; never leaves the server. */
  readonly cause?: unknown
  /** When a repeat can succeed, in milliseconds from now. */
  readonly retryAfterMs?: number
}

export class PushError extends Error {
  readonly code: ErrorCode
  /** What went wrong, without the cure. */
  readonly detail: string
  /** What to do about it. */
  readonly cure: string
  readonly retryAfterMs: number | undefined

  constructor(code: ErrorCode, input: ErrorInput = {}) {
    const entry = ERROR_TABLE[code]
    const detail = input.detail ?? entry.title
    const cure = input.cure ?? entry.cure
    super(`${detail} ${cure}`, input.cause === undefined ? undefined : { cause: input.cause })
    this.name = new.target.name
    this.code = code
    this.detail = detail
    this.cure = cure
    this.retryAfterMs = input.retryAfterMs
  }
}

/** The installation or its configuration is wrong; nothing was started. */
export class ConfigError extends PushError {}
/** The caller's input is wrong; nothing was changed. */
export class InputError extends PushError {}
/** The input is fine, but the present state does not allow it. */
export class StateError extends PushError {}
/** It is not known whether the message was sent. */
export class TransportError extends PushError {}
