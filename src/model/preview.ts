// What a transport would send for a message, with stand-ins for what is secret or not known yet.
import type { CheckFailure } from './check-failure.ts'

export interface Preview {
  readonly method: 'POST'
  /** The request's target: `/v1/projects/{project}/messages:send`. What differs by app or device stands in braces. */
  readonly path: string
  /** By lower-case name. Credentials stand in braces: `Bearer {access token}`. */
  readonly headers: Readonly<Record<string, string>>
  /** Byte for byte what goes out, but for `{address}`; of an encrypted body, the text before encryption. */
  readonly body: string
  /** The size of the message as this push service counts it. */
  readonly bytes: number
  /** What it takes at most. */
  readonly maxBytes: number
  /** Sentences: what this push service does not carry, and what is shortened. */
  readonly notes: readonly string[]
  /** Why it would be refused before it is sent. */
  readonly refusal?: CheckFailure
}

/** What stands in for a device’s address. */
export const ADDRESS_STAND_IN = '{address}'
