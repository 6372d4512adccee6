// The contract of the two ways to have an access token: a service account's key, or what the surroundings give.

/** What a request needs; the same object for as long as its token lasts. */
export interface Grant {
  readonly kind: 'token'
  readonly token: string
  readonly project: string
}

export type TokenResult =
  | Grant
  /** The credential was refused, or there is none. A person mends that. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** No token can be had now. */
  | { readonly kind: 'unavailable'; readonly reason: string; readonly retryAfterMs?: number }

export interface FcmCredentials {
  /** The token for the next request, where it is at hand: nearly always. */
  held(): Grant | undefined
  /** The token for the next request. */
  current(signal?: AbortSignal): Promise<TokenResult>
  /** A token in place of `refused`. Concurrent callers share one renewal. */
  renew(refused: string, signal?: AbortSignal): Promise<TokenResult>
  /** What was remembered of a refusal is forgotten. */
  forgetRefusal(): void
}
