// Web Push as published: RFC 8030 (requests), RFC 8188 and RFC 8291 (encryption), RFC 8292 (VAPID), and the errors of
// Mozilla's autopush. Constants only; who reads them judges for himself.
// Sources: the RFCs; github.com/mozilla-services/autopush-rs (autoendpoint).

/** Every push service takes a body of so many bytes (RFC 8030 §7.2); most take no more. */
export const WEB_PUSH_MAX_BODY_BYTES = 4096
/** `Urgency`, the least first (RFC 8030 §5.3). Without it a message is `normal`. */
export const WEB_PUSH_URGENCIES = ['very-low', 'low', 'normal', 'high'] as const
export type WebPushUrgency = (typeof WEB_PUSH_URGENCIES)[number]
/** `Topic` (RFC 8030 §5.4). */
export const WEB_PUSH_TOPIC = /^[A-Za-z0-9_-]{1,32}$/
/** The only content encoding of RFC 8291. */
export const WEB_PUSH_ENCODING = 'aes128gcm'

/** A P-256 point that is not compressed: 0x04, x, y. */
export const P256_POINT_BYTES = 65
export const WEB_PUSH_AUTH_BYTES = 16
/** Salt, record size, length of the key id (RFC 8188 §2.1), and the sender's public key as that id. */
export const WEB_PUSH_SALT_BYTES = 16
export const WEB_PUSH_HEADER_BYTES = WEB_PUSH_SALT_BYTES + 4 + 1 + P256_POINT_BYTES
/** The tag of AES-128-GCM, which ends the record. */
export const WEB_PUSH_TAG_BYTES = 16
/** Ends the plaintext of a last record, before the padding (RFC 8188 §2). */
export const WEB_PUSH_DELIMITER = 2

/** How far `exp` may lie ahead (RFC 8292 §2). */
export const VAPID_MAX_LIFETIME_SECONDS = 86_400

/** Autopush shortens a longer TTL to 30 days. */
export const AUTOPUSH_MAX_TTL_SECONDS = 2_592_000

export interface AutopushError {
  readonly status: number
  readonly errno: number | null
  readonly message: string
}

/** What autopush answers, by the names that its source has for it. */
export const AUTOPUSH_ERRORS = {
  InvalidToken: { status: 404, errno: 102, message: 'Invalid token' },
  NoUser: { status: 410, errno: 103, message: 'UAID not found' },
  PayloadTooLarge: { status: 413, errno: 104, message: 'A payload reached size limit.' },
  UserWasDeleted: { status: 410, errno: 105, message: 'User was deleted during routing' },
  NoSubscription: { status: 410, errno: 106, message: 'No such subscription' },
  InvalidRouterType: { status: 400, errno: 108, message: 'Invalid router type' },
  InvalidAuthentication: { status: 401, errno: 109, message: 'Invalid Authentication' },
  KeyMismatch: { status: 401, errno: 109, message: 'VAPID public key mismatch' },
  InvalidEncryption: { status: 400, errno: 110, message: 'Unknown Content-Encoding header' },
  NoTTL: { status: 400, errno: 111, message: 'Missing TTL value' },
  InvalidTopic: { status: 400, errno: 113, message: 'Topic must be URL and Filename safe Base64 alphabet' },
  NegativeTTL: { status: 400, errno: 114, message: 'TTL must be greater than 0' },
  SaveDb: { status: 503, errno: 201, message: 'Database error while saving notification' },
  BridgeAuthentication: { status: 502, errno: 901, message: 'Bridge authentication error' },
  BridgeConnect: { status: 502, errno: 902, message: 'Bridge connection error' },
  BridgeTimeout: { status: 502, errno: 903, message: 'Bridge request timeout' },
  General: { status: 500, errno: null, message: 'General error' },
  Conditional: { status: 503, errno: null, message: 'Conditional database operation failed' },
  /** RFC 8030 §8.4; autopush has none of its own. */
  TooManyRequests: { status: 429, errno: null, message: 'Too many requests' },
} as const satisfies Readonly<Record<string, AutopushError>>
export type AutopushErrorName = keyof typeof AUTOPUSH_ERRORS
