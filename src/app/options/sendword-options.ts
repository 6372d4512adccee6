// What createSendword and the configuration file take. docs/reference/configuration.md lists every option with its
// name in the environment; the bounds below are enforced in one place, resolve-options.ts.
import type { QuietHours } from '../../model/timing.ts'
import type { WebhookEvent } from '../../model/webhook-event.ts'
import type { ClientLoginAccountType } from '../../protocols/c2dm.ts'
import type { ApnsOptions } from './apns-options.ts'
import type { WebPushOptions } from './webpush-options.ts'

export interface SendwordOptions {
  /**
   * Where everything is kept: a folder, on which a packaged PostgreSQL is run, or the `postgres://` URL of your own
   * PostgreSQL 15 or newer. Several hosts, `postgres://user@one:5432,two:5432/push`, are tried until one takes writes.
   * Environment: DATABASE_URL (a URL), SENDWORD_DATA (a folder).
   * @default './data'
   */
  readonly database?: string
  /**
   * A second `postgres://` URL for LISTEN and advisory locks, needed when `database` leads through a pooler in
   * transaction mode. Not used with a folder. Environment: DATABASE_DIRECT_URL.
   * @default the URL of `database`
   */
  readonly databaseDirectUrl?: string
  /** Connections that one process opens, 1–100. Environment: SENDWORD_DATABASE_POOL. @default 10 */
  readonly databasePoolSize?: number
  /**
   * A folder with `initdb`, `pg_ctl` and `postgres`, used instead of the packaged binaries. Environment:
   * SENDWORD_POSTGRES_BIN.
   */
  readonly postgresBin?: string
  /**
   * Seals what Sendword obtains and keeps (a ClientLogin token), and signs receipt tokens. At least 32 characters, the
   * same in every process. Environment: SENDWORD_SECRET.
   * @default made once in the data folder; with your own PostgreSQL asked for when something must be sealed
   */
  readonly secret?: string
  /** The bearer key of the JSON API, at least 24 characters. Environment: SENDWORD_API_KEY. @default made on first start */
  readonly apiKey?: string
  /**
   * Whether this process delivers messages; a web process beside workers of its own need not. Environment:
   * SENDWORD_WORKERS.
   * @default true
   */
  readonly workers?: boolean
  /**
   * Addresses and CIDR ranges of the proxies in front, whose X-Forwarded-For is believed. Environment:
   * SENDWORD_TRUSTED_PROXIES (comma separated).
   * @default [], the socket's address is the client's
   */
  readonly trustedProxies?: readonly string[]
  readonly registration?: RegistrationOptions
  readonly retention?: RetentionOptions
  readonly log?: LogOptions
  readonly mail?: MailOptions
  readonly http?: HttpOptions
  /** An HTTP proxy (CONNECT) for what goes to FCM, to Google's token endpoint, to browsers' push services and to webhooks. */
  readonly proxy?: ProxyOptions
  /**
   * The products that send, by name: lower-case letters, digits and hyphens, at most 63 characters. The environment
   * speaks of the app `default`.
   * @default { default: {} }
   */
  readonly apps?: Readonly<Record<string, AppOptions>>
}

export interface RegistrationOptions {
  /** Seconds until a registration that nobody confirms expires, 60–86400. Environment: SENDWORD_REGISTRATION_TTL_SECONDS. @default 3600 */
  readonly ttlSeconds?: number
  /** Wrong confirmation tokens that end a registration, 1–100. Environment: SENDWORD_REGISTRATION_MAX_WRONG_GUESSES. @default 5 */
  readonly maxWrongGuesses?: number
  /** Registrations that one device may make an hour, 1–10000. Environment: SENDWORD_REGISTRATION_PER_DEVICE. @default 10 */
  readonly perDevice?: number
  /** Registrations of one address an hour, 1–10000. Environment: SENDWORD_REGISTRATION_PER_ADDRESS. @default 10 */
  readonly perAddress?: number
  /**
   * Registrations an hour from one client IP that were never confirmed, 1–1000000. Environment:
   * SENDWORD_REGISTRATION_PER_CLIENT.
   * @default 100
   */
  readonly perClient?: number
  /**
   * Hold a confirmed address that would take the place of a live one until an operator approves it. Environment:
   * SENDWORD_REGISTRATION_APPROVE_REPLACEMENT.
   * @default false
   */
  readonly approveReplacement?: boolean
}

export interface RetentionOptions {
  /** Days that the outcome of a message is kept, 1–3650. Environment: SENDWORD_LEDGER_DAYS. @default 90 */
  readonly ledgerDays?: number
}

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export const LOG_FORMATS = ['json', 'pretty'] as const
export type LogFormat = (typeof LOG_FORMATS)[number]

export interface LogOptions {
  /** The least serious level that is written: error, warn, info, debug or silent. Environment: SENDWORD_LOG_LEVEL. @default 'info' */
  readonly level?: LogLevel
  /**
   * A level for a logger and all below it, by dotted name; the longest name wins. Environment: SENDWORD_LOG_LEVELS
   * (`sendword.c2dm=debug,sendword.http=warn`).
   * @default {}
   */
  readonly levels?: Readonly<Record<string, LogLevel>>
  /** One JSON object a line, or lines for people. Environment: SENDWORD_LOG_FORMAT. @default 'json' */
  readonly format?: LogFormat
}

export interface MailOptions {
  /** Who gets the errors that are logged. Environment: LOG_MAIL_ADMINS (comma separated). @default [], no mail */
  readonly admins?: readonly string[]
  /** The sender of that mail. Environment: LOG_MAIL_FROM. @default 'sendword@localhost' */
  readonly from?: string
  /** The mail server: `url`, or `host` and its companions. */
  readonly smtp?: SmtpOptions
  /** Mails an hour at most, 1–1000; what is over is counted in the next mail. Environment: LOG_MAIL_PER_HOUR. @default 12 */
  readonly perHour?: number
}

export interface SmtpOptions {
  /** `smtp://user:password@host:port`, or `smtps://` for TLS from the first byte. Environment: SMTP_URL. */
  readonly url?: string
  /** Environment: SMTP_HOST. */
  readonly host?: string
  /** 1–65535. Environment: SMTP_PORT. @default 465 when `secure`, else 587 */
  readonly port?: number
  /** Environment: SMTP_USER. */
  readonly user?: string
  /** Environment: SMTP_PASSWORD. */
  readonly password?: string
  /** TLS from the first byte; otherwise STARTTLS where the server offers it. Environment: SMTP_SECURE. @default true on port 465 */
  readonly secure?: boolean
}

export interface HttpOptions {
  /** The address to listen on. Environment: SENDWORD_HOST. @default '127.0.0.1' */
  readonly host?: string
  /** The port to listen on, 0–65535; 0 takes any free one. Environment: SENDWORD_PORT. @default 7300 */
  readonly port?: number
  /** Seconds that work in flight gets when the server is told to stop, 0–600. Environment: SENDWORD_GRACE_SECONDS. @default 30 */
  readonly graceSeconds?: number
}

export interface ProxyOptions {
  /**
   * `http://user:password@host:port`, or https:// for TLS to the proxy itself. Environment: SENDWORD_PROXY, HTTPS_PROXY,
   * https_proxy.
   */
  readonly url?: string
  /**
   * Hosts reached without it, with all below them; `*` for all. This machine never needs to be listed. Environment:
   * SENDWORD_NO_PROXY, NO_PROXY, no_proxy (comma separated).
   * @default []
   */
  readonly except?: readonly string[]
}

export interface AppOptions {
  /** Google's C2DM, or an emulator of it. */
  readonly c2dm?: C2dmOptions
  /** Firebase Cloud Messaging, or an emulator of it. */
  readonly fcm?: FcmOptions
  /** Apple's push notification service, or an emulator of it. */
  readonly apns?: ApnsOptions
  /** Browsers, and devices of UnifiedPush. */
  readonly webpush?: WebPushOptions
  /** Keys of the tokens by which your server says whose device it is. Without any, tokens are refused. */
  readonly identity?: IdentityOptions
  /**
   * The language of recipients of whom none is known, by its BCP 47 tag, for messages that have `locales`. Environment:
   * SENDWORD_LOCALE.
   * @default none: they get what the message says beside its `locales`
   */
  readonly locale?: string
  /** Origins whose pages may use the JSON door of this app, or `*`. Environment: SENDWORD_CORS_ORIGINS. @default [] */
  readonly corsOrigins?: readonly string[]
  /**
   * Where the app's events are told, at most 20. Environment: SENDWORD_WEBHOOKS (the list in JSON).
   * @default []
   */
  readonly webhooks?: readonly WebhookOptions[]
  /**
   * Where recipients are taken to be of whom no time zone is known, by its name in the IANA database. Environment:
   * SENDWORD_TIME_ZONE.
   * @default 'UTC'
   */
  readonly timeZone?: string
  /**
   * Hours of the recipient's day, `HH:MM` to `HH:MM` and over midnight too, in which messages wait for the end of them,
   * unless they say `ignoreQuietHours`. Environment: SENDWORD_QUIET_HOURS (`22:00-08:00`).
   * @default none
   */
  readonly quietHours?: QuietHours
  /**
   * Days without a registration or an accepted message until a device counts as failed, with the reason `stale`, and
   * is skipped until it registers anew, 0–3650; 0: never. Environment: SENDWORD_STALE_AFTER_DAYS.
   * @default 270, after which FCM drops the tokens of inactive devices
   */
  readonly staleAfterDays?: number
}

/** Signed as the Standard Webhooks scheme has it. */
export interface WebhookOptions {
  /** https, or http in a network of your own; redirects are not followed. */
  readonly url: string
  /**
   * `whsec_` and the base64 of 24 to 64 random bytes; a list of up to three while you exchange one: each of them signs.
   */
  readonly secret: string | readonly string[]
  /** What it is told of. @default all events */
  readonly events?: readonly WebhookEvent[]
}

export interface IdentityOptions {
  /** For HS256, at least 32 characters. Environment: SENDWORD_IDENTITY_SECRET. */
  readonly secret?: string
  /** For RS256 and ES256: a JSON Web Key Set (RFC 7517), or the path of a file. Environment: SENDWORD_IDENTITY_JWKS. */
  readonly jwks?: string
}

/** Needs `user` and `password`, or `token`. */
export interface C2dmOptions {
  /** The sender's Google account. Environment: C2DM_AUTH_USER. */
  readonly user?: string
  /** Its password. Environment: C2DM_AUTH_PASSWORD. */
  readonly password?: string
  /** GOOGLE, HOSTED or HOSTED_OR_GOOGLE. Environment: C2DM_AUTH_ACCOUNT_TYPE. @default 'GOOGLE' */
  readonly accountType?: ClientLoginAccountType
  /** Names this application in ClientLogin's logs. Environment: C2DM_AUTH_APP_NAME. @default 'sendword' */
  readonly appName?: string
  /**
   * A ClientLogin Auth token, instead of an account. It changes from time to time, and then sending stops: an account
   * is the better choice. Environment: C2DM_AUTH_TOKEN.
   */
  readonly token?: string
  /** Where messages are sent: https, or http for an emulator. Environment: C2DM_URL. @default Google's */
  readonly url?: string
  /** Where the token is obtained: https, or http for an emulator. Environment: CLIENT_LOGIN_URL. @default Google's */
  readonly clientLoginUrl?: string
  /**
   * Certificates (PEM) to trust instead of the system's: the text, or the path of a file. Environment: C2DM_CA_FILE.
   */
  readonly ca?: string
  /** Sends that may be on their way at once, 1–1000. Environment: C2DM_MAX_IN_FLIGHT. @default 64 */
  readonly maxInFlight?: number
  /** Seconds before the first repeat of a send, 0.01–3600; doubles with each. Environment: C2DM_RETRY_BASE_SECONDS. @default 30 */
  readonly retryBaseSeconds?: number
  /** Seconds that no wait between repeats exceeds, 0.01–86400. Environment: C2DM_RETRY_CAP_SECONDS. @default 3600 */
  readonly retryCapSeconds?: number
}

/** An object, even an empty one, asks for FCM. */
export interface FcmOptions {
  /**
   * A service account's key: the path of its JSON file, the text of it, or the object. Environment: FCM_SERVICE_ACCOUNT.
   * @default Application Default Credentials, as Google's own libraries find them
   */
  readonly serviceAccount?: string | Readonly<Record<string, unknown>>
  /**
   * Id or number of the Firebase project. Environment: FCM_PROJECT_ID.
   * @default the service account's, or that of the surroundings
   */
  readonly projectId?: string
  /** Where messages are sent: https, or http for an emulator; the path is not used. Environment: FCM_URL. @default Google's */
  readonly url?: string
  /** Where access tokens are obtained. Environment: FCM_TOKEN_URL. @default the `token_uri` of the key */
  readonly tokenUrl?: string
  /** Certificates (PEM) to trust instead of the system's: the text, or the path of a file. Environment: FCM_CA_FILE. */
  readonly ca?: string
  /** Sends that may be on their way at once, 1–2000. Environment: FCM_MAX_IN_FLIGHT. @default 500 */
  readonly maxInFlight?: number
  /**
   * Seconds over which messages to an audience grow, in each process, from 1,000 sends a second after a pause to 10,000;
   * then there is no bound. 0–600; 0: at once. Environment: FCM_RAMP_UP_SECONDS.
   * @default 60, the least that Google asks for
   */
  readonly rampUpSeconds?: number
  /** Seconds before the first repeat of a send, 0.01–3600; doubles with each. Environment: FCM_RETRY_BASE_SECONDS. @default 10 */
  readonly retryBaseSeconds?: number
  /** Seconds that no wait between repeats exceeds, 0.01–86400. Environment: FCM_RETRY_CAP_SECONDS. @default 3600 */
  readonly retryCapSeconds?: number
}
