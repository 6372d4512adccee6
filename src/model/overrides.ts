// What a message says to one push service alone, in that service's own words: laid over what the neutral message became,
// key by key; null takes a key away.
import type { Urgency } from './urgency.ts'

/** A value as JSON carries it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }
export interface JsonObject {
  readonly [key: string]: Json
}

/** The fields of FCM's `message` that an override may speak of. */
export const FCM_OVERRIDE_FIELDS = ['data', 'notification', 'android', 'apns', 'webpush', 'fcm_options'] as const

/**
 * Of FCM's `message`, in its snake_case: firebase.google.com/docs/reference/fcm/rest/v1/projects.messages. Never the target.
 */
export interface FcmOverride {
  readonly data?: Readonly<Record<string, string | null>> | null | undefined
  readonly notification?: JsonObject | null | undefined
  /** AndroidConfig: `{ priority: 'HIGH', notification: { channel_id } }` */
  readonly android?: JsonObject | null | undefined
  /** ApnsConfig: what FCM gives to APNs for an iOS device. */
  readonly apns?: JsonObject | null | undefined
  /** WebpushConfig: what FCM gives to a browser. */
  readonly webpush?: JsonObject | null | undefined
  readonly fcm_options?: JsonObject | null | undefined
}

/** Headers that a message may set: developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns. */
export const APNS_OVERRIDE_HEADERS = ['apns-push-type', 'apns-topic', 'apns-priority', 'apns-expiration'] as const

export interface ApnsOverride {
  readonly headers?: Readonly<Partial<Record<(typeof APNS_OVERRIDE_HEADERS)[number], string>>> | undefined
  /** The body: `{ aps: { 'interruption-level': 'time-sensitive' }, … }` */
  readonly payload?: JsonObject | undefined
}

export interface WebPushOverride {
  /** In place of the message’s own. */
  readonly urgency?: Urgency | undefined
  /** What `showNotification` takes: notifications.spec.whatwg.org, NotificationOptions. */
  readonly notification?: JsonObject | undefined
}

export interface Overrides {
  readonly fcm?: FcmOverride | undefined
  readonly apns?: ApnsOverride | undefined
  readonly webpush?: WebPushOverride | undefined
}
