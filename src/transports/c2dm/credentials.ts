// The contract of the two ways to have a C2DM token: an account that logs in, or a token that was given.

export type TokenResult =
  | { readonly kind: 'token'; readonly token: string }
  /** The credential was refused. `probe`: whether a later try may be made without a person. */
  | { readonly kind: 'refused'; readonly reason: string; readonly probe: boolean }
  /** No token can be had now. */
  | { readonly kind: 'unavailable'; readonly reason: string; readonly retryAfterMs?: number }

export interface C2dmCredentials {
  /** The token for the next request. */
  current(signal?: AbortSignal): Promise<TokenResult>
  /**
   * A token in place of `refused`. Concurrent callers share one renewal, and a newer token, be it another process's,
   * is used before one is asked for.
   */
  renew(refused: string, signal?: AbortSignal): Promise<TokenResult>
  /** Takes the token of an Update-Client-Auth header for the requests that follow. */
  replace(token: string): Promise<void>
  /** Reports that C2DM took this token. */
  worked(token: string): void
}
