// How long a message lives, in the forms that FCM's parts for each platform want.
import { FCM_MAX_TTL_SECONDS } from '../../protocols/fcm.ts'

export interface Life {
  /** For Android and browsers. At most 28 days; 0: now or never. */
  readonly ttlSeconds: number
  /** For iOS, seconds since the epoch; `0`: now or never. */
  readonly expiration: string
}

export function lifeOf(ttlSeconds: number | undefined, expiration: string): Life | undefined {
  return ttlSeconds === undefined ? undefined : { ttlSeconds: Math.min(ttlSeconds, FCM_MAX_TTL_SECONDS), expiration }
}
