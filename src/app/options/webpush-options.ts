// What an app's options say of Web Push.

/** An object, even an empty one, asks for Web Push. */
export interface WebPushOptions {
  readonly vapid?: VapidOptions
  /**
   * Hosts that messages are sent to beside the push services of the browsers, such as servers of UnifiedPush:
   * `push.example.org`, `*.example.org`, either with a port. Environment: WEBPUSH_ALLOWED_HOSTS (comma separated).
   * @default []
   */
  readonly allowedHosts?: readonly string[]
  /**
   * Of those, the hosts that may lie in a private network, or on this machine. Environment:
   * WEBPUSH_ALLOW_PRIVATE_ADDRESSES (comma separated).
   * @default []
   */
  readonly allowPrivateAddresses?: readonly string[]
  /** Certificates (PEM) to trust instead of the system's: the text, or the path of a file. Environment: WEBPUSH_CA_FILE. */
  readonly ca?: string
  /**
   * Threads that encrypt, 0–64; 0: the main thread. Environment: WEBPUSH_ENCRYPTION_THREADS.
   * @default one less than there are cores, and at least one
   */
  readonly encryptionThreads?: number
  /** Sends that may be on their way at once, 1–2000. Environment: WEBPUSH_MAX_IN_FLIGHT. @default 500 */
  readonly maxInFlight?: number
  /** Seconds before the first repeat of a send, 0.01–3600; doubles with each. Environment: WEBPUSH_RETRY_BASE_SECONDS. @default 10 */
  readonly retryBaseSeconds?: number
  /** Seconds that no wait between repeats exceeds, 0.01–86400. Environment: WEBPUSH_RETRY_CAP_SECONDS. @default 3600 */
  readonly retryCapSeconds?: number
}

/** The key pair by which push services know you (RFC 8292). Changing it cuts off every browser that is subscribed. */
export interface VapidOptions {
  /** 65 bytes in base64url; together with `privateKey`. Environment: WEBPUSH_VAPID_PUBLIC_KEY. @default made once and kept sealed in the database */
  readonly publicKey?: string
  /** 32 bytes in base64url. Environment: WEBPUSH_VAPID_PRIVATE_KEY. */
  readonly privateKey?: string
  /**
   * `mailto:` or `https:` URL where a push service can reach you. Environment: WEBPUSH_VAPID_SUBJECT.
   * @default the first https origin of `corsOrigins`, else the first of `mail.admins`, else an address of nobody
   */
  readonly subject?: string
}
