// What the emulator throws at its user. Match on `code`, not on the text.

export type EmulatorErrorCode =
  /** The input is wrong; nothing was changed. */
  | 'EMULATOR_INPUT'
  /** There is no such device or fault. */
  | 'EMULATOR_UNKNOWN'
  /** The thing exists already. */
  | 'EMULATOR_CONFLICT'
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
