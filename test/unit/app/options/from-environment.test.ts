import { describe, expect, test } from 'vitest'
import { environmentWarnings, optionsFromEnvironment } from '../../../../src/app/options/from-environment.ts'
import { mergeOptions } from '../../../../src/app/options/merge-options.ts'
import { OPTION_ENTRIES } from '../../../../src/app/options/option-table.ts'
import { resolveOptions } from '../../../../src/app/options/resolve-options.ts'
import type { SendwordOptions } from '../../../../src/app/options/sendword-options.ts'

const c2dm = (options: object) => ({ apps: { default: { c2dm: options } } })
const fcm = (options: object) => ({ apps: { default: { fcm: options } } })
const apns = (options: object) => ({ apps: { default: { apns: options } } })

const MAPPING: ReadonlyArray<readonly [name: string, written: string, options: SendwordOptions]> = [
  ['DATABASE_URL', 'postgres://u:p@db/x', { database: 'postgres://u:p@db/x' }],
  ['SENDWORD_DATA', '/var/lib/sendword', { database: '/var/lib/sendword' }],
  ['DATABASE_DIRECT_URL', 'postgresql://u@db:5433/x', { databaseDirectUrl: 'postgresql://u@db:5433/x' }],
  ['SENDWORD_DATABASE_POOL', '20', { databasePoolSize: 20 }],
  ['SENDWORD_POSTGRES_BIN', '/usr/lib/postgresql/17/bin', { postgresBin: '/usr/lib/postgresql/17/bin' }],
  ['SENDWORD_SECRET', 's'.repeat(32), { secret: 's'.repeat(32) }],
  ['SENDWORD_API_KEY', 'k'.repeat(24), { apiKey: 'k'.repeat(24) }],
  ['SENDWORD_WORKERS', 'off', { workers: false }],
  ['SENDWORD_TRUSTED_PROXIES', '10.0.0.0/8, ::1', { trustedProxies: ['10.0.0.0/8', '::1'] }],
  ['SENDWORD_REGISTRATION_TTL_SECONDS', '600', { registration: { ttlSeconds: 600 } }],
  ['SENDWORD_REGISTRATION_MAX_WRONG_GUESSES', '3', { registration: { maxWrongGuesses: 3 } }],
  ['SENDWORD_REGISTRATION_PER_DEVICE', '4', { registration: { perDevice: 4 } }],
  ['SENDWORD_REGISTRATION_PER_ADDRESS', '6', { registration: { perAddress: 6 } }],
  ['SENDWORD_REGISTRATION_PER_CLIENT', '7', { registration: { perClient: 7 } }],
  ['SENDWORD_REGISTRATION_APPROVE_REPLACEMENT', 'yes', { registration: { approveReplacement: true } }],
  ['SENDWORD_LEDGER_DAYS', '30', { retention: { ledgerDays: 30 } }],
  ['SENDWORD_LOG_LEVEL', 'warn', { log: { level: 'warn' } }],
  [
    'SENDWORD_LOG_LEVELS',
    'sendword.c2dm=debug, a=silent',
    { log: { levels: { 'sendword.c2dm': 'debug', a: 'silent' } } },
  ],
  ['SENDWORD_LOG_FORMAT', 'pretty', { log: { format: 'pretty' } }],
  ['LOG_MAIL_ADMINS', 'a@example.com,root@localhost', { mail: { admins: ['a@example.com', 'root@localhost'] } }],
  ['LOG_MAIL_FROM', 'Sendword <s@example.com>', { mail: { from: 'Sendword <s@example.com>' } }],
  ['SMTP_URL', 'smtp://mail.example.com', { mail: { smtp: { url: 'smtp://mail.example.com' } } }],
  ['SMTP_HOST', 'mail.example.com', { mail: { smtp: { host: 'mail.example.com' } } }],
  ['SMTP_PORT', '2525', { mail: { smtp: { port: 2525 } } }],
  ['SMTP_USER', 'me', { mail: { smtp: { user: 'me' } } }],
  ['SMTP_PASSWORD', ' kept as it is ', { mail: { smtp: { password: ' kept as it is ' } } }],
  ['SMTP_SECURE', 'off', { mail: { smtp: { secure: false } } }],
  ['LOG_MAIL_PER_HOUR', '2', { mail: { perHour: 2 } }],
  ['SENDWORD_HOST', '::', { http: { host: '::' } }],
  ['SENDWORD_PORT', '0', { http: { port: 0 } }],
  ['SENDWORD_GRACE_SECONDS', '5', { http: { graceSeconds: 5 } }],
  ['SENDWORD_PROXY', 'http://me:p@proxy:3128', { proxy: { url: 'http://me:p@proxy:3128' } }],
  ['HTTPS_PROXY', 'proxy:3128', { proxy: { url: 'http://proxy:3128' } }],
  ['https_proxy', 'https://proxy', { proxy: { url: 'https://proxy' } }],
  ['SENDWORD_NO_PROXY', 'a.example, .b.example', { proxy: { except: ['a.example', '.b.example'] } }],
  ['NO_PROXY', '*', { proxy: { except: ['*'] } }],
  ['no_proxy', '10.0.0.0/8', { proxy: { except: ['10.0.0.0/8'] } }],
  ['FCM_SERVICE_ACCOUNT', './key.json', fcm({ serviceAccount: './key.json' })],
  ['FCM_PROJECT_ID', 'shop-1', fcm({ projectId: 'shop-1' })],
  ['FCM_URL', 'https://127.0.0.1:9001', fcm({ url: 'https://127.0.0.1:9001' })],
  ['FCM_TOKEN_URL', 'https://127.0.0.1:9001/token', fcm({ tokenUrl: 'https://127.0.0.1:9001/token' })],
  ['FCM_CA_FILE', '/etc/ca.pem', fcm({ ca: '/etc/ca.pem' })],
  ['FCM_MAX_IN_FLIGHT', '9', fcm({ maxInFlight: 9 })],
  ['FCM_RAMP_UP_SECONDS', '0', fcm({ rampUpSeconds: 0 })],
  ['FCM_RETRY_BASE_SECONDS', '0.05', fcm({ retryBaseSeconds: 0.05 })],
  ['FCM_RETRY_CAP_SECONDS', '60', fcm({ retryCapSeconds: 60 })],
  ['APNS_KEY', './key.p8', apns({ key: './key.p8' })],
  ['APNS_KEY_ID', 'KEY4567890', apns({ keyId: 'KEY4567890' })],
  ['APNS_TEAM_ID', 'TEAM567890', apns({ teamId: 'TEAM567890' })],
  ['APNS_CERTIFICATE', './cert.pem', apns({ certificate: './cert.pem' })],
  ['APNS_CERTIFICATE_KEY', './key.pem', apns({ certificateKey: './key.pem' })],
  ['APNS_TOPIC', 'com.example.shop', apns({ topic: 'com.example.shop' })],
  ['APNS_ENVIRONMENT', 'sandbox', apns({ environment: 'sandbox' })],
  ['APNS_URL', 'https://127.0.0.1:9002', apns({ url: 'https://127.0.0.1:9002' })],
  ['APNS_SANDBOX_URL', 'https://127.0.0.1:9003', apns({ sandboxUrl: 'https://127.0.0.1:9003' })],
  ['APNS_CA_FILE', './ca.pem', apns({ ca: './ca.pem' })],
  ['APNS_CONFIRMATION_TEXT', 'One moment', apns({ confirmationText: 'One moment' })],
  ['APNS_CONFIRMATION_FOLLOW_UP_SECONDS', '30', apns({ confirmationFollowUpSeconds: 30 })],
  ['APNS_MAX_IN_FLIGHT', '9', apns({ maxInFlight: 9 })],
  ['APNS_OUTAGE_SECONDS', '60', apns({ outageSeconds: 60 })],
  ['APNS_RETRY_BASE_SECONDS', '0.05', apns({ retryBaseSeconds: 0.05 })],
  ['APNS_RETRY_CAP_SECONDS', '60', apns({ retryCapSeconds: 60 })],
  ['WEBPUSH_VAPID_PUBLIC_KEY', 'BPub', { apps: { default: { webpush: { vapid: { publicKey: 'BPub' } } } } }],
  ['WEBPUSH_VAPID_PRIVATE_KEY', 'priv', { apps: { default: { webpush: { vapid: { privateKey: 'priv' } } } } }],
  [
    'WEBPUSH_VAPID_SUBJECT',
    'mailto:ops@example.com',
    { apps: { default: { webpush: { vapid: { subject: 'mailto:ops@example.com' } } } } },
  ],
  [
    'WEBPUSH_ALLOWED_HOSTS',
    'push.example.org, *.up.example.org:8443',
    { apps: { default: { webpush: { allowedHosts: ['push.example.org', '*.up.example.org:8443'] } } } },
  ],
  [
    'WEBPUSH_ALLOW_PRIVATE_ADDRESSES',
    'push.lan',
    { apps: { default: { webpush: { allowPrivateAddresses: ['push.lan'] } } } },
  ],
  ['WEBPUSH_CA_FILE', './ca.pem', { apps: { default: { webpush: { ca: './ca.pem' } } } }],
  ['WEBPUSH_ENCRYPTION_THREADS', '0', { apps: { default: { webpush: { encryptionThreads: 0 } } } }],
  ['WEBPUSH_MAX_IN_FLIGHT', '100', { apps: { default: { webpush: { maxInFlight: 100 } } } }],
  ['WEBPUSH_RETRY_BASE_SECONDS', '5', { apps: { default: { webpush: { retryBaseSeconds: 5 } } } }],
  ['WEBPUSH_RETRY_CAP_SECONDS', '600', { apps: { default: { webpush: { retryCapSeconds: 600 } } } }],
  ['SENDWORD_IDENTITY_SECRET', 'i'.repeat(32), { apps: { default: { identity: { secret: 'i'.repeat(32) } } } }],
  ['SENDWORD_IDENTITY_JWKS', './keys.json', { apps: { default: { identity: { jwks: './keys.json' } } } }],
  ['SENDWORD_LOCALE', 'pt-BR', { apps: { default: { locale: 'pt-BR' } } }],
  ['SENDWORD_CORS_ORIGINS', 'https://a.example,*', { apps: { default: { corsOrigins: ['https://a.example', '*'] } } }],
  ['SENDWORD_WEBHOOKS', '[{"url":"x"}]', { apps: { default: { webhooks: [{ url: 'x' }] } } }] as never,
  ['SENDWORD_TIME_ZONE', 'Europe/Berlin', { apps: { default: { timeZone: 'Europe/Berlin' } } }],
  ['SENDWORD_QUIET_HOURS', '22:00-08:00', { apps: { default: { quietHours: { from: '22:00', to: '08:00' } } } }],
  ['SENDWORD_STALE_AFTER_DAYS', '90', { apps: { default: { staleAfterDays: 90 } } }],
  ['C2DM_AUTH_USER', 'sender@example.com', c2dm({ user: 'sender@example.com' })],
  ['C2DM_AUTH_PASSWORD', '123', c2dm({ password: '123' })],
  ['C2DM_AUTH_ACCOUNT_TYPE', 'HOSTED', c2dm({ accountType: 'HOSTED' })],
  ['C2DM_AUTH_APP_NAME', 'shop-1.0', c2dm({ appName: 'shop-1.0' })],
  ['C2DM_AUTH_TOKEN', 'DQAAAtoken', c2dm({ token: 'DQAAAtoken' })],
  ['C2DM_URL', 'http://127.0.0.1:9000/c2dm/send', c2dm({ url: 'http://127.0.0.1:9000/c2dm/send' })],
  ['CLIENT_LOGIN_URL', 'https://login.example.com/', c2dm({ clientLoginUrl: 'https://login.example.com/' })],
  ['C2DM_CA_FILE', '/etc/ca.pem', c2dm({ ca: '/etc/ca.pem' })],
  ['C2DM_MAX_IN_FLIGHT', '9', c2dm({ maxInFlight: 9 })],
  ['C2DM_RETRY_BASE_SECONDS', '0.05', c2dm({ retryBaseSeconds: 0.05 })],
  ['C2DM_RETRY_CAP_SECONDS', '60', c2dm({ retryCapSeconds: 60 })],
]

test.each(MAPPING)('%s=%s', (name, written, options) => {
  expect(optionsFromEnvironment({ [name]: written })).toEqual(options)
})

test('the table above holds every name in the environment', () => {
  const names = [...OPTION_ENTRIES.values()].flatMap((entry) => entry.env)
  expect(MAPPING.map(([name]) => name).sort()).toEqual(names.sort())
})

test('all variables together give all options', () => {
  const overruled = ['SENDWORD_DATA', 'HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy']
  const used = MAPPING.filter(([name]) => !overruled.includes(name))
  const env = Object.fromEntries(used)
  const together = used.reduce<SendwordOptions>((options, [, , one]) => mergeOptions(options, one), {})
  expect(optionsFromEnvironment(env)).toEqual(together)
})

test.each([
  ['true', true],
  ['off', false],
  ['0', false],
  ['1', true],
])('SENDWORD_WORKERS=%s is %j', (written, workers) => {
  expect(optionsFromEnvironment({ SENDWORD_WORKERS: written })).toEqual({ workers })
})

test('an empty variable counts as unset', () => {
  const env = Object.fromEntries(MAPPING.map(([name]) => [name, '']))
  expect(optionsFromEnvironment(env)).toEqual({})
  expect(environmentWarnings({ ...env, SENDWORD_NONSENSE: '' })).toEqual([])
})

test('variables of other programs mean nothing to us', () => {
  const env = { PATH: '/bin', PORT: '80', HOME: '/root' }
  expect(optionsFromEnvironment(env)).toEqual({})
  expect(environmentWarnings(env)).toEqual([])
})

describe('an error names the variable that set the value', () => {
  const refusal = (options: SendwordOptions) => {
    try {
      resolveOptions(options)
    } catch (error) {
      return String(error)
    }
    return 'nothing refused'
  }

  test.each([
    ['SENDWORD_PORT', '80x', 'http.port (SENDWORD_PORT) is "80x"; it must be a whole number from 0 to 65535.'],
    ['DATABASE_URL', './data', 'database (DATABASE_URL) is "./data"; it must be a postgres:// URL.'],
    ['SENDWORD_DATA', 'postgres://u:hunter2@h/x', 'database (SENDWORD_DATA) is "postgres://h/x"; it must be the path'],
    ['SENDWORD_SECRET', 'short', 'secret (SENDWORD_SECRET) is a text of 5 characters; it must be text of at least 32'],
    ['SENDWORD_LOG_LEVELS', 'sendword.c2dm', 'log.levels (SENDWORD_LOG_LEVELS) is "sendword.c2dm"; it must be a level'],
    ['SENDWORD_WORKERS', '65', 'workers (SENDWORD_WORKERS) is "65"; it must be true or false'],
    ['SENDWORD_TRUSTED_PROXIES', 'lb1', 'trustedProxies (SENDWORD_TRUSTED_PROXIES) is "lb1"; it must be a list of IP'],
    ['SMTP_SECURE', 'maybe', 'mail.smtp.secure (SMTP_SECURE) is "maybe"; it must be true or false.'],
    ['C2DM_CA_FILE', '/no/such', 'apps.default.c2dm.ca (C2DM_CA_FILE) names a file that cannot be read (ENOENT)'],
  ])('%s=%s', (name, written, sentence) => {
    expect(refusal(optionsFromEnvironment({ [name]: written }))).toContain(sentence)
  })

  test('also after a merge, but not when something later overruled it', () => {
    const environment = optionsFromEnvironment({ SENDWORD_PORT: '80x', SENDWORD_HOST: '::' })
    expect(refusal(mergeOptions({ http: { graceSeconds: 1 } }, environment))).toContain('http.port (SENDWORD_PORT) is')
    expect(refusal(mergeOptions(environment, { http: { port: 70_000 } }))).toContain('http.port is 70000')
    expect(refusal(mergeOptions(environment, { http: { port: 80 } }))).toBe('nothing refused')
  })
})

describe('warnings', () => {
  test('a SENDWORD_ name that is no option, with the nearest that is', () => {
    expect(environmentWarnings({ SENDWORD_PROT: '80', SENDWORD_XYZZY_PLUGH: '1' })).toEqual([
      'SENDWORD_PROT is set, but there is no such option; did you mean SENDWORD_PORT?',
      'SENDWORD_XYZZY_PLUGH is set, but there is no such option.',
    ])
  })

  test('not a name that the command line reads by itself', () => {
    expect(environmentWarnings({ SENDWORD_CONFIG: 'a.json' }, ['SENDWORD_CONFIG'])).toEqual([])
  })

  test('a data folder beside DATABASE_URL', () => {
    const env = { DATABASE_URL: 'postgres://db/x', SENDWORD_DATA: './data' }
    expect(optionsFromEnvironment(env)).toEqual({ database: 'postgres://db/x' })
    expect(environmentWarnings(env)).toEqual(['SENDWORD_DATA is not used, because DATABASE_URL is set.'])
  })
})
