// What the emulator throws at its user. Match on `code`, not on the text.

export type EmulatorErrorCode =
  /** The input is wrong; nothing was changed. */
  | 'EMULATOR_INPUT'
  /** There is no such device or fault. */
  | 'EMULATOR_UNKNOWN'
  /** The thing exists already. */
  | 'EMULATOR_CONFLICT'
  /** A web page of another origin, or under another name, wants something of the control API. */
  | 'EMULATOR_FORBIDDEN'
  /** What was waited for did not come in time. */
  | 'EMULATOR_TIMEOUT'
  /** The server that was asked to register or confirm a device refused, or could not be reached. */
  | 'EMULATOR_HANDSHAKE'
  /** The address to listen on cannot be used. */
  | 'EMULATOR_LISTEN'
  /** The emulator, or the device, is gone. */
  | 'EMULATOR_CLOSED'

export class EmulatorError extends Error {
  readonly code: EmulatorErrorCode

  constructor(code: EmulatorErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.name = 'EmulatorError'
    this.code = code
  }
}

export type HandshakeStep = 'registration' | 'push' | 'confirmation'

/** A handshake that did not end with a confirmed address. */
export class HandshakeError extends EmulatorError {
  /** The step that failed. */
  readonly step: HandshakeStep
  /** The HTTP status that the step was answered; undefined when there was no answer, or none was awaited. */
  readonly answered: number | undefined

  constructor(step: HandshakeStep, message: string, options: { readonly answered?: number; readonly cause?: unknown }) {
    super('EMULATOR_HANDSHAKE', message, options)
    this.name = 'HandshakeError'
    this.step = step
    this.answered = options.answered
  }
}
