// What each answer of a push service means: by the error of Mozilla's autopush, by Apple's reason, by Windows' status, by
// HTTP's. Complete by type.
// Sources: RFC 8030 §5 to §8, RFC 8292 §4.2; autopush-rs; Apple's and Microsoft's pages on their answers.
import { AUTOPUSH_ERRORS, type AutopushErrorName } from '../../protocols/web-push.ts'
import type { AppleWebPushReason, WnsStatus } from '../../protocols/web-push-services.ts'

export type Rule =
  | 'accepted'
  | 'rejected'
  | 'unregistered'
  /** This send waits. One push service's trouble is no reason to stop the others. */
  | 'device waits'
  /** The token was refused, and nothing is said about the message. */
  | 'reauthenticate'
  | 'unknown'

const BY_AUTOPUSH: Readonly<Record<AutopushErrorName, Rule>> = {
  InvalidToken: 'unregistered',
  NoUser: 'unregistered',
  PayloadTooLarge: 'rejected',
  UserWasDeleted: 'unregistered',
  NoSubscription: 'unregistered',
  InvalidRouterType: 'rejected',
  InvalidAuthentication: 'reauthenticate',
  // Subscribed for another key than ours: for us it is as dead as one that was given up.
  KeyMismatch: 'unregistered',
  InvalidEncryption: 'rejected',
  NoTTL: 'rejected',
  InvalidTopic: 'rejected',
  NegativeTTL: 'rejected',
  SaveDb: 'device waits',
  BridgeAuthentication: 'device waits',
  BridgeConnect: 'device waits',
  BridgeTimeout: 'device waits',
  General: 'device waits',
  Conditional: 'device waits',
  TooManyRequests: 'device waits',
}

export const BY_APPLE_REASON: Readonly<Record<AppleWebPushReason, Rule>> = {
  BadTtl: 'rejected',
  BadUrgency: 'rejected',
  BadWebPushTopic: 'rejected',
  BadWebPushRequest: 'rejected',
  BadAuthorizationHeader: 'reauthenticate',
  BadJwtToken: 'reauthenticate',
  BadVapidPublicKey: 'reauthenticate',
  VapidPkHashMismatch: 'unregistered',
  PayloadTooLarge: 'rejected',
  TooManyRequests: 'device waits',
  InternalServerError: 'device waits',
  ServiceUnavailable: 'device waits',
  Shutdown: 'device waits',
}

/** Of an answer that says 200 all the same. */
export const BY_WNS_STATUS: Readonly<Record<WnsStatus, Rule>> = {
  received: 'accepted',
  dropped: 'rejected',
  channelthrottled: 'device waits',
}

/** Texts that tell a subscription made for another key from a refused key. */
export const KEY_MISMATCH = [
  // FCM, 403.
  /VAPID credentials[\s\S]{0,80}do not correspond/i,
  // FCM, 400: the subscription belongs to a sender without VAPID.
  /UnauthorizedRegistration/,
  // Autopush, 401, and Apple, 400 or 403.
  /VAPID public key mismatch/i,
  /VapidPkHashMismatch/,
] as const

const BY_HTTP: ReadonlyMap<number, Rule> = new Map([
  [400, 'rejected'],
  [401, 'reauthenticate'],
  [403, 'reauthenticate'],
  [404, 'unregistered'],
  // Windows' word for 429. It speaks for one push service at most, and anybody's server could say it.
  [406, 'device waits'],
  [410, 'unregistered'],
  [413, 'rejected'],
  [429, 'device waits'],
])

export function ruleOfStatus(status: number): Rule {
  if (status >= 200 && status <= 299) return 'accepted'
  return BY_HTTP.get(status) ?? (status >= 500 && status <= 599 ? 'device waits' : 'unknown')
}

/** Undefined: none of autopush's errors. Two of them have one number, and differ in their words. */
export function ruleOfAutopush(status: number, errno: number, message: string): Rule | undefined {
  const names = Object.keys(AUTOPUSH_ERRORS) as AutopushErrorName[]
  const alike = names.filter((name) => AUTOPUSH_ERRORS[name].errno === errno && AUTOPUSH_ERRORS[name].status === status)
  const exact = alike.find((name) => message.includes(AUTOPUSH_ERRORS[name].message)) ?? alike[0]
  return exact && BY_AUTOPUSH[exact]
}
