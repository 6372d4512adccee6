// A push service's verdict on one send to one address. A value, never an exception: an exception
// (TransportError) means that we do not know whether the message was sent.

/** `unsent`: it is our own, and the push service was not asked, so that nothing is learnt of it or of the credential. */
export type Outcome =
  /** The push service took the message. */
  | { readonly kind: 'accepted'; readonly providerId: string; readonly replacedAddress?: string }
  /** This message will never be taken, for any address. */
  | { readonly kind: 'rejected'; readonly reason: string; readonly unsent?: true }
  /** This address is dead or not ours; `reason` is the push service's word for it. */
  | { readonly kind: 'unregistered'; readonly reason: string; readonly unsent?: true }
  /** Not now. `sender`: nothing of this app goes before; `device`: only this address waits. */
  | {
      readonly kind: 'deferred'
      readonly reason: string
      readonly scope: 'device' | 'sender'
      readonly retryAfterMs?: number
    }
  /** Our credential was refused. `probe`: whether one real send may try it again by itself. */
  | { readonly kind: 'unauthorized'; readonly reason: string; readonly probe: boolean }
  /** An answer that no table lists; repeated a bounded number of times. `raw` holds no address and no secret. */
  | { readonly kind: 'unknown'; readonly reason: string; readonly raw: string }

/** How a message ended for one device. */
export const FINAL_OUTCOMES = ['accepted', 'rejected', 'unregistered', 'expired', 'cancelled'] as const
export type FinalOutcome = (typeof FINAL_OUTCOMES)[number]
