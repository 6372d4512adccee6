// Every option of Sendword, once: its path, its names in the environment, what it may be, and its default.
// docs/reference/configuration.md lists the same options, and a test holds the two together.
import { APP_OPTION_TABLE } from './app-option-table.ts'
import type { OptionEntry } from './option-entry.ts'
import {
  addressRanges,
  flag,
  hostPatterns,
  logLevels,
  mailAddresses,
  type OptionKind,
  oneOf,
  path,
  text,
  wholeNumber,
} from './option-kinds.ts'
import { LOG_FORMATS, LOG_LEVELS } from './sendword-options.ts'
import { folderOrPostgresUrl, postgresUrl, proxyUrl, smtpUrl } from './url-kinds.ts'

export const OPTION_TABLE = {
  database: {
    kind: folderOrPostgresUrl,
    env: ['DATABASE_URL', 'SENDWORD_DATA'],
    envKinds: { DATABASE_URL: postgresUrl, SENDWORD_DATA: path },
    default: './data',
    about:
      'Where everything is kept: a folder with a packaged PostgreSQL, or the URL of your own, with several hosts for failover.',
  },
  databaseDirectUrl: {
    kind: postgresUrl,
    env: ['DATABASE_DIRECT_URL'],
    about: 'A URL past a pooler in transaction mode, for LISTEN and advisory locks. Not used with a folder.',
  },
  databasePoolSize: {
    kind: wholeNumber(1, 100),
    env: ['SENDWORD_DATABASE_POOL'],
    default: 10,
    about: 'Connections that one process opens.',
  },
  postgresBin: {
    kind: path,
    env: ['SENDWORD_POSTGRES_BIN'],
    about: 'A folder with initdb, pg_ctl and postgres, instead of the packaged ones.',
  },
  secret: {
    kind: text({ min: 32 }),
    env: ['SENDWORD_SECRET'],
    secret: true,
    about: 'Seals what Sendword obtains and keeps, and signs receipt tokens. Made in the data folder when not given.',
  },
  apiKey: {
    kind: text({ min: 24 }),
    env: ['SENDWORD_API_KEY'],
    secret: true,
    about: 'The bearer key of the JSON API. Made on first start when not given.',
  },
  workers: {
    kind: flag,
    env: ['SENDWORD_WORKERS'],
    default: true,
    about: 'Whether this process delivers messages.',
  },
  trustedProxies: {
    kind: addressRanges,
    env: ['SENDWORD_TRUSTED_PROXIES'],
    default: [],
    about: 'Proxies whose X-Forwarded-For is believed; comma separated in the environment.',
  },
  'registration.ttlSeconds': {
    kind: wholeNumber(60, 86_400),
    env: ['SENDWORD_REGISTRATION_TTL_SECONDS'],
    default: 3600,
    about: 'Seconds until a registration that nobody confirms expires.',
  },
  'registration.maxWrongGuesses': {
    kind: wholeNumber(1, 100),
    env: ['SENDWORD_REGISTRATION_MAX_WRONG_GUESSES'],
    default: 5,
    about: 'Wrong confirmation tokens that end a registration.',
  },
  'registration.perDevice': {
    kind: wholeNumber(1, 10_000),
    env: ['SENDWORD_REGISTRATION_PER_DEVICE'],
    default: 10,
    about: 'Registrations of one device, an hour.',
  },
  'registration.perAddress': {
    kind: wholeNumber(1, 10_000),
    env: ['SENDWORD_REGISTRATION_PER_ADDRESS'],
    default: 10,
    about: 'Registrations of one address, an hour.',
  },
  'registration.perClient': {
    kind: wholeNumber(1, 1_000_000),
    env: ['SENDWORD_REGISTRATION_PER_CLIENT'],
    default: 100,
    about: 'Registrations from one client IP that were never confirmed, an hour.',
  },
  'registration.approveReplacement': {
    kind: flag,
    env: ['SENDWORD_REGISTRATION_APPROVE_REPLACEMENT'],
    default: false,
    about: 'Hold a confirmed address that would replace a live one until an operator approves it.',
  },
  'retention.ledgerDays': {
    kind: wholeNumber(1, 3650),
    env: ['SENDWORD_LEDGER_DAYS'],
    default: 90,
    about: 'Days that the outcome of a message is kept.',
  },
  'log.level': {
    kind: oneOf(LOG_LEVELS),
    env: ['SENDWORD_LOG_LEVEL'],
    default: 'info',
    about: 'The least serious level that is written.',
  },
  'log.levels': {
    kind: logLevels,
    env: ['SENDWORD_LOG_LEVELS'],
    default: {},
    about: 'Levels by logger name, the longest name wins: sendword.c2dm=debug,sendword.http=warn.',
  },
  'log.format': {
    kind: oneOf(LOG_FORMATS),
    env: ['SENDWORD_LOG_FORMAT'],
    default: 'json',
    about: 'One JSON object a line, or lines for people.',
  },
  'mail.admins': {
    kind: mailAddresses,
    env: ['LOG_MAIL_ADMINS'],
    default: [],
    about: 'Who gets the errors that are logged; comma separated in the environment.',
  },
  'mail.from': {
    kind: text(),
    env: ['LOG_MAIL_FROM'],
    default: 'sendword@localhost',
    about: 'The sender of that mail.',
  },
  'mail.smtp.url': {
    kind: smtpUrl,
    env: ['SMTP_URL'],
    about: 'The mail server, in one: smtp://user:password@host:port, smtps:// for TLS from the first byte.',
  },
  'mail.smtp.host': { kind: text({ max: 253 }), env: ['SMTP_HOST'], about: 'The mail server, by its parts.' },
  'mail.smtp.port': {
    kind: wholeNumber(1, 65_535),
    env: ['SMTP_PORT'],
    about: 'Its port: 465 when mail.smtp.secure, else 587.',
  },
  'mail.smtp.user': { kind: text(), env: ['SMTP_USER'], about: 'The user there.' },
  'mail.smtp.password': { kind: text(), env: ['SMTP_PASSWORD'], secret: true, about: 'The password there.' },
  'mail.smtp.secure': {
    kind: flag,
    env: ['SMTP_SECURE'],
    about: 'TLS from the first byte, as on port 465; otherwise STARTTLS where offered.',
  },
  'mail.perHour': {
    kind: wholeNumber(1, 1000),
    env: ['LOG_MAIL_PER_HOUR'],
    default: 12,
    about: 'Mails an hour at most; what is over is counted in the next mail.',
  },
  'http.host': {
    kind: text({ max: 253 }),
    env: ['SENDWORD_HOST'],
    default: '127.0.0.1',
    about: 'The address to listen on.',
  },
  'http.port': {
    kind: wholeNumber(0, 65_535),
    env: ['SENDWORD_PORT'],
    default: 7300,
    about: 'The port to listen on; 0 takes any free one.',
  },
  'http.graceSeconds': {
    kind: wholeNumber(0, 600),
    env: ['SENDWORD_GRACE_SECONDS'],
    default: 30,
    about: 'Seconds that work in flight gets when the server is told to stop.',
  },
  'proxy.url': {
    kind: proxyUrl,
    env: ['SENDWORD_PROXY', 'HTTPS_PROXY', 'https_proxy'],
    secret: true,
    about:
      'An HTTP proxy for what goes to FCM, to Google’s token endpoint, to browsers’ push services and to webhooks: http://user:password@host:port.',
  },
  'proxy.except': {
    kind: hostPatterns,
    env: ['SENDWORD_NO_PROXY', 'NO_PROXY', 'no_proxy'],
    default: [],
    about: 'Hosts that are reached without the proxy, with all below them; comma separated in the environment.',
  },
  ...APP_OPTION_TABLE,
} as const satisfies Record<string, OptionEntry>

export type OptionPath = keyof typeof OPTION_TABLE

type Value<Entry> = Entry extends { readonly kind: OptionKind<infer T> }
  ? Entry extends { readonly default: unknown }
    ? T
    : T | undefined
  : never

/** What an option is once checked: undefined only where there is no default. */
export type OptionValue<Path extends OptionPath> = Value<(typeof OPTION_TABLE)[Path]>

/** The same table for code that walks it. */
export const OPTION_ENTRIES: ReadonlyMap<string, OptionEntry> = new Map(Object.entries(OPTION_TABLE))
