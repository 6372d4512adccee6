// The bounds of the handshake.

export interface RegistryOptions {
  /** How long a registration may wait for its confirmation, in milliseconds. */
  readonly registrationTtlMs: number
  /** Wrong confirmation tokens before a registration ends. */
  readonly maxWrongGuesses: number
  /** Confirmation pushes in an hour for one device, one address, and (never confirmed) one client. */
  readonly perDevice: number
  readonly perAddress: number
  readonly perClient: number
  /** Whether an address that would replace a live one waits for `devices approve`. */
  readonly approveReplacement: boolean
}

/** The window in which registrations are counted. */
export const LIMIT_WINDOW_MS = 3_600_000
