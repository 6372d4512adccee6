// Apple's push notification service, HTTP/2 provider API, as published. Constants only; who reads them judges for himself.
// Sources: developer.apple.com/documentation/usernotifications: sending-notification-requests-to-apns,
// handling-notification-responses-from-apns, establishing-a-token-based-connection-to-apns and
// establishing-a-certificate-based-connection-to-apns.

export const APNS_ENVIRONMENTS = ['production', 'sandbox'] as const
/** A device token belongs to one of them, by how its app was signed. */
export type ApnsEnvironment = (typeof APNS_ENVIRONMENTS)[number]

/** Port 443, or 2197 where a firewall wants one apart. */
export const APNS_URLS: Readonly<Record<ApnsEnvironment, string>> = {
  production: 'https://api.push.apple.com',
  sandbox: 'https://api.sandbox.push.apple.com',
}

/** A request's path is this and the device token in hexadecimal. */
export const APNS_DEVICE_PATH = '/3/device/'

/** Characters of a key id, and of a team id. */
export const APNS_ID_LENGTH = 10
/** A provider token is refused when it is older. */
export const APNS_TOKEN_MAX_AGE_MS = 3_600_000
/** On one connection a new provider token may not come sooner after the last. */
export const APNS_TOKEN_MIN_RENEWAL_MS = 1_200_000

export const APNS_PUSH_TYPES = [
  'alert',
  'background',
  'voip',
  'complication',
  'fileprovider',
  'mdm',
  'location',
  'liveactivity',
  'pushtotalk',
  'controls',
  'widgets',
] as const
export type ApnsPushType = (typeof APNS_PUSH_TYPES)[number]

/** What the topic has behind the bundle id. An mdm topic is no bundle id: it comes from the certificate. */
export const APNS_TOPIC_SUFFIXES: Readonly<Record<ApnsPushType, string>> = {
  alert: '',
  background: '',
  voip: '.voip',
  complication: '.complication',
  fileprovider: '.pushkit.fileprovider',
  mdm: '',
  location: '.location-query',
  liveactivity: '.push-type.liveactivity',
  pushtotalk: '.voip-ptt',
  controls: '.push-type.controls',
  widgets: '.push-type.widgets',
}

/** 10 at once, 5 when power allows, 1 without ever waking the device. Default 10. */
export const APNS_PRIORITIES = [10, 5, 1] as const
/** Bytes in a payload; one of the push type voip may have more. */
export const APNS_MAX_PAYLOAD_BYTES = 4096
export const APNS_MAX_VOIP_PAYLOAD_BYTES = 5120
/** Bytes in apns-collapse-id. */
export const APNS_MAX_COLLAPSE_ID_BYTES = 64
/** A notification without apns-expiration waits so long for its device: 30 days. */
export const APNS_DEFAULT_TTL_SECONDS = 2_592_000
/** What an answer of 500 or 503 asks for before the next try: 15 minutes. */
export const APNS_SERVER_ERROR_WAIT_MS = 900_000

/** `reason` of an error's body, with the status it comes with. */
export const APNS_REASON_STATUS = {
  BadCollapseId: 400,
  BadDeviceToken: 400,
  BadExpirationDate: 400,
  BadMessageId: 400,
  BadPriority: 400,
  BadTopic: 400,
  DeviceTokenNotForTopic: 400,
  DuplicateHeaders: 400,
  IdleTimeout: 400,
  InvalidPushType: 400,
  MissingDeviceToken: 400,
  MissingTopic: 400,
  PayloadEmpty: 400,
  TopicDisallowed: 400,
  BadCertificate: 403,
  BadCertificateEnvironment: 403,
  /** As the documentation spells it. */
  BadEnvironmentKeyIdInToken: 403,
  /** The same as it has been seen on the wire. */
  BadEnvironmentKeyInToken: 403,
  ExpiredProviderToken: 403,
  Forbidden: 403,
  InvalidProviderToken: 403,
  MissingProviderToken: 403,
  UnrelatedKeyIdInToken: 403,
  BadPath: 404,
  MethodNotAllowed: 405,
  ExpiredToken: 410,
  Unregistered: 410,
  PayloadTooLarge: 413,
  TooManyProviderTokenUpdates: 429,
  TooManyRequests: 429,
  InternalServerError: 500,
  ServiceUnavailable: 503,
  Shutdown: 503,
} as const
export type ApnsReason = keyof typeof APNS_REASON_STATUS
export const APNS_REASONS = Object.keys(APNS_REASON_STATUS) as readonly ApnsReason[]
