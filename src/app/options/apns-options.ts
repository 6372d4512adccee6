// What an app's options say of APNs.
import type { ApnsEnvironment } from '../../protocols/apns.ts'

/** Needs `topic`, and `key` with `keyId` and `teamId`, or `certificate` with `certificateKey`. */
export interface ApnsOptions {
  /** A team's signing key: the path of its .p8 file, or the text of it. Environment: APNS_KEY. */
  readonly key?: string
  /** The id of that key, 10 characters. Environment: APNS_KEY_ID. */
  readonly keyId?: string
  /** The id of the team, 10 characters. Environment: APNS_TEAM_ID. */
  readonly teamId?: string
  /** A certificate in PEM form instead of a key: the path of its file, or the text. Environment: APNS_CERTIFICATE. */
  readonly certificate?: string
  /** The private key of the certificate, in PEM form without a passphrase. Environment: APNS_CERTIFICATE_KEY. */
  readonly certificateKey?: string
  /** The bundle id of the application. Environment: APNS_TOPIC. */
  readonly topic?: string
  /**
   * Where an address belongs that does not say: `sandbox` for builds from Xcode, `production` for TestFlight and the App
   * Store. Environment: APNS_ENVIRONMENT.
   * @default 'production'
   */
  readonly environment?: ApnsEnvironment
  /** Where messages for production are sent; the path is not used. Environment: APNS_URL. @default Apple's */
  readonly url?: string
  /** Where messages for the sandbox are sent; the path is not used. Environment: APNS_SANDBOX_URL. @default Apple's */
  readonly sandboxUrl?: string
  /** Certificates (PEM) to trust instead of the system's: the text, or the path of a file. Environment: APNS_CA_FILE. */
  readonly ca?: string
  /**
   * What the alert says that follows when a device does not confirm a background push, at most 200 characters.
   * Environment: APNS_CONFIRMATION_TEXT.
   * @default 'Notifications are being set up.'
   */
  readonly confirmationText?: string
  /**
   * Seconds that a device has to confirm the background push before that alert follows, 0.1–3600. Environment:
   * APNS_CONFIRMATION_FOLLOW_UP_SECONDS.
   * @default 60
   */
  readonly confirmationFollowUpSeconds?: number
  /** Sends that may be on their way at once, 1–5000. Environment: APNS_MAX_IN_FLIGHT. @default 1000 */
  readonly maxInFlight?: number
  /** Seconds to wait after a 500 or 503, 0.01–86400. Environment: APNS_OUTAGE_SECONDS. @default 900 */
  readonly outageSeconds?: number
  /** Seconds before the first repeat of a send, 0.01–3600; doubles with each. Environment: APNS_RETRY_BASE_SECONDS. @default 10 */
  readonly retryBaseSeconds?: number
  /** Seconds that no wait between repeats exceeds, 0.01–86400. Environment: APNS_RETRY_CAP_SECONDS. @default 3600 */
  readonly retryCapSeconds?: number
}
