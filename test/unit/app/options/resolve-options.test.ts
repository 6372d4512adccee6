import { describe, expect, test } from 'vitest'
import { resolveOptions } from '../../../../src/app/options/resolve-options.ts'
import type { SendwordOptions } from '../../../../src/app/options/sendword-options.ts'
import { ConfigError } from '../../../../src/model/push-error.ts'
import { resolveC2dmOptions } from '../../../../src/transports/c2dm/options.ts'

function refusalOf(options: unknown): ConfigError {
  try {
    resolveOptions(options as SendwordOptions)
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error('The options were taken.')
}

const c2dm = (options: object) => ({ apps: { default: { c2dm: options } } })
const ACCOUNT = { user: 'sender@example.com', password: 'p' }
const MAIL = { admins: ['root@localhost'] }

test('without options everything has its default', () => {
  expect(resolveOptions({})).toEqual({
    database: { kind: 'folder', folder: './data', postgresBin: undefined },
    databasePoolSize: 10,
    secret: undefined,
    apiKey: undefined,
    workers: true,
    trustedProxies: [],
    registration: {
      ttlMs: 3_600_000,
      maxWrongGuesses: 5,
      perDevicePerHour: 10,
      perAddressPerHour: 10,
      perClientPerHour: 100,
      approveReplacement: false,
    },
    retention: { ledgerDays: 90 },
    log: { level: 'info', levels: {}, format: 'json' },
    mail: undefined,
    http: { host: '127.0.0.1', port: 7300, graceMs: 30_000 },
    apps: new Map([
      [
        'default',
        {
          ...{ c2dm: undefined, fcm: undefined, identity: undefined, corsOrigins: [], webhooks: [] },
          ...{ timing: { timeZone: 'UTC', quietHours: undefined }, staleAfterDays: 270 },
        },
      ],
    ]),
  })
})

describe('good options', () => {
  const TABLE: ReadonlyArray<readonly [title: string, options: SendwordOptions, part: object]> = [
    [
      'a URL is your own PostgreSQL, and the direct one its own by default',
      { database: 'postgres://u:p@pooler/x', postgresBin: '/ignored' },
      { database: { kind: 'url', url: 'postgres://u:p@pooler/x', directUrl: 'postgres://u:p@pooler/x' } },
    ],
    [
      'a direct URL goes past a pooler',
      { database: 'postgresql://pooler/x', databaseDirectUrl: 'postgresql://db/x' },
      { database: { kind: 'url', url: 'postgresql://pooler/x', directUrl: 'postgresql://db/x' } },
    ],
    [
      'a socket folder has no host',
      { database: 'postgres:///x?host=/run/postgresql' },
      {
        database: {
          kind: 'url',
          url: 'postgres:///x?host=/run/postgresql',
          directUrl: 'postgres:///x?host=/run/postgresql',
        },
      },
    ],
    [
      'a direct URL has no use with a folder',
      { database: 'C:\\data', databaseDirectUrl: 'postgres://db/x' },
      { database: { kind: 'folder', folder: 'C:\\data', postgresBin: undefined } },
    ],
    ['workers: false', { workers: false }, { workers: false }],
    ['workers: false', { workers: false }, { workers: false }],
    ['addresses and ranges', { trustedProxies: ['::1', 'fd00::/8', '10.0.0.1', '10.0.0.0/8'] }, {}],
    ['the shortest secret and key', { secret: 's'.repeat(32), apiKey: 'k'.repeat(24) }, {}],
    [
      'seconds become milliseconds',
      { http: { graceSeconds: 0 } },
      { http: { host: '127.0.0.1', port: 7300, graceMs: 0 } },
    ],
    [
      'apps replace the default app',
      { apps: { shop: {}, '2nd-app': {} } },
      {
        apps: new Map([
          [
            'shop',
            {
              c2dm: undefined,
              fcm: undefined,
              identity: undefined,
              corsOrigins: [],
              webhooks: [],
              timing: { timeZone: 'UTC', quietHours: undefined },
              staleAfterDays: 270,
            },
          ],
          [
            '2nd-app',
            {
              c2dm: undefined,
              fcm: undefined,
              identity: undefined,
              corsOrigins: [],
              webhooks: [],
              timing: { timeZone: 'UTC', quietHours: undefined },
              staleAfterDays: 270,
            },
          ],
        ]),
      },
    ],
    [
      'an app that is undefined is none',
      { apps: {} },
      {
        apps: new Map([
          [
            'default',
            {
              c2dm: undefined,
              fcm: undefined,
              identity: undefined,
              corsOrigins: [],
              webhooks: [],
              timing: { timeZone: 'UTC', quietHours: undefined },
              staleAfterDays: 270,
            },
          ],
        ]),
      },
    ],
    ['a mail server without admins mails nothing', { mail: { smtp: { host: 'mail' } } }, { mail: undefined }],
  ]

  test.each(TABLE)('%s', (_title, options, part) => {
    expect(resolveOptions(options)).toMatchObject(part)
  })

  test.each([
    [{ url: 'smtp://mail.example.com' }, { host: 'mail.example.com', port: 587, secure: false, auth: undefined }],
    [{ url: 'smtps://u%40x:p%3A@mail' }, { host: 'mail', port: 465, secure: true, auth: { user: 'u@x', pass: 'p:' } }],
    [{ url: 'smtp://[::1]:2525' }, { host: '::1', port: 2525, secure: false, auth: undefined }],
    [{ url: 'smtp://mail:465' }, { host: 'mail', port: 465, secure: true, auth: undefined }],
    [{ host: 'mail' }, { host: 'mail', port: 587, secure: false, auth: undefined }],
    [
      { host: 'mail', secure: true },
      { host: 'mail', port: 465, secure: true, auth: undefined },
    ],
    [
      { host: 'mail', port: 465 },
      { host: 'mail', port: 465, secure: true, auth: undefined },
    ],
    [
      { host: 'mail', port: 25, user: 'u', password: 'p' },
      { host: 'mail', port: 25, secure: false, auth: { user: 'u', pass: 'p' } },
    ],
  ])('the mail server of %j', (smtp, resolved) => {
    const { mail } = resolveOptions({ mail: { ...MAIL, smtp } })
    expect(mail).toEqual({ admins: ['root@localhost'], from: 'sendword@localhost', smtp: resolved, perHour: 12 })
  })
})

describe('C2DM', () => {
  test('an account gets defaults, and the transport takes what comes out', () => {
    const resolved = resolveOptions(c2dm({ ...ACCOUNT, retryBaseSeconds: 0.05, retryCapSeconds: 2 })).apps.get(
      'default',
    )?.c2dm
    expect(resolved).toMatchObject({
      ...ACCOUNT,
      accountType: 'GOOGLE',
      appName: 'sendword',
      token: undefined,
      c2dmUrl: 'https://android.apis.google.com/c2dm/send',
      clientLoginUrl: 'https://www.google.com/accounts/ClientLogin',
      maxInFlight: 64,
      retry: { baseMs: 50, capMs: 2000 },
    })
    expect(resolveC2dmOptions(resolved ?? {}).credential.kind).toBe('account')
  })

  test('a token does instead of an account', () => {
    expect(resolveOptions(c2dm({ token: 'DQAA' })).apps.get('default')?.c2dm?.token).toBe('DQAA')
  })

  test('undefined does not ask for C2DM', () => {
    const options = c2dm({}) as { apps: { default: { c2dm: unknown } } }
    options.apps.default.c2dm = undefined
    expect(resolveOptions(options as SendwordOptions).apps.get('default')?.c2dm).toBeUndefined()
  })

  test.each([
    [{}, 'apps.default.c2dm has neither user and password nor token.'],
    [{ user: undefined, password: undefined }, 'apps.default.c2dm has neither user and password nor token.'],
    [{ url: 'https://example.com/' }, 'apps.default.c2dm has neither user and password nor token.'],
    [{ user: 'u' }, 'apps.default.c2dm has a user, but no password.'],
    [{ password: 'hunter2' }, 'apps.default.c2dm has a password, but no user.'],
  ])('%j has no credential', (options, detail) => {
    const refusal = refusalOf(c2dm(options))
    expect(refusal).toMatchObject({ code: 'PUSH_C2DM_NOT_CONFIGURED', detail })
    expect(refusal.message).not.toContain('hunter2')
  })

  test('certificates may be text or a file, and either must hold one', () => {
    const withoutCertificate = 'apps.default.c2dm.ca holds no certificate'
    expect(refusalOf(c2dm({ ...ACCOUNT, ca: '-----BEGIN CERTIFICATE-----\nx' })).detail).toContain(withoutCertificate)
    expect(refusalOf(c2dm({ ...ACCOUNT, ca: import.meta.filename })).detail).toContain(withoutCertificate)
    expect(refusalOf(c2dm({ ...ACCOUNT, ca: import.meta.dirname })).detail).toContain('cannot be read (EISDIR)')
  })

  test('the waits between repeats must fit together', () => {
    expect(refusalOf(c2dm({ ...ACCOUNT, retryBaseSeconds: 60, retryCapSeconds: 30 })).detail).toBe(
      'apps.default.c2dm.retryBaseSeconds is 60; it must not exceed retryCapSeconds, which is 30.',
    )
  })
})

describe('bad options', () => {
  const TABLE: ReadonlyArray<readonly [options: unknown, detail: string]> = [
    [null, 'The options must be an object of options.'],
    [[], 'The options must be an object of options.'],
    ['./data', 'The options must be an object of options.'],
    [{ http: 7300 }, 'http must be an object of options.'],
    [{ apps: [] }, 'apps must be an object of options.'],
    [{ apps: { default: { c2dm: true } } }, 'apps.default.c2dm must be an object of options.'],
    [{ database: '' }, 'database is ""; it must be a folder or a postgres:// URL.'],
    [{ database: 7 }, 'database is 7; it must be a folder or a postgres:// URL.'],
    [{ database: null }, 'database is null; it must be a folder or a postgres:// URL.'],
    [{ database: 'mysql://u:hunter2@h/x?y' }, 'database is "mysql://h/x"; it must be a folder or a postgres:// URL.'],
    [{ databaseDirectUrl: './data' }, 'databaseDirectUrl is "./data"; it must be a postgres:// URL.'],
    [{ databasePoolSize: 0 }, 'databasePoolSize is 0; it must be a whole number from 1 to 100.'],
    [{ databasePoolSize: 1.5 }, 'databasePoolSize is 1.5; it must be a whole number from 1 to 100.'],
    [{ databasePoolSize: '10' }, 'databasePoolSize is "10"; it must be a whole number from 1 to 100.'],
    [{ databasePoolSize: Number.NaN }, 'databasePoolSize is NaN; it must be a whole number from 1 to 100.'],
    [{ workers: 4 }, 'workers is 4; it must be true or false'],
    [{ trustedProxies: '::1' }, 'trustedProxies is "::1"; it must be a list of IP addresses and CIDR ranges'],
    [{ trustedProxies: ['10.0.0.0/33'] }, 'trustedProxies is "10.0.0.0/33"; it must be a list of IP addresses'],
    [
      { registration: { ttlSeconds: 59 } },
      'registration.ttlSeconds is 59; it must be a whole number from 60 to 86400.',
    ],
    [
      { registration: { approveReplacement: 'no' } },
      'registration.approveReplacement is "no"; it must be true or false.',
    ],
    [{ retention: { ledgerDays: 3651 } }, 'retention.ledgerDays is 3651; it must be a whole number from 1 to 3650.'],
    [{ log: { level: 'trace' } }, 'log.level is "trace"; it must be error, warn, info, debug or silent.'],
    [{ log: { levels: { 'a..b': 'info' } } }, 'log.levels is "a..b=info"; it must be a level'],
    [{ mail: { admins: ['nobody'] } }, 'mail.admins is "nobody"; it must be a list of mail addresses.'],
    [{ mail: { ...MAIL, smtp: { url: 'https://h' } } }, 'mail.smtp.url is "https://h/"; it must be an smtp:// or'],
    [{ mail: { ...MAIL, smtp: { url: 'smtp://u:%zz@h' } } }, 'mail.smtp.url is "smtp://h"; it must be an smtp:// or'],
    [{ mail: { ...MAIL, smtp: { url: 'smtp://u:hunter2' } } }, 'mail.smtp.url is text that is no URL; it must be'],
    [
      { mail: MAIL },
      'mail.admins is given, but no mail server; give mail.smtp.url (SMTP_URL) or mail.smtp.host (SMTP_HOST).',
    ],
    [{ mail: { ...MAIL, smtp: { url: 'smtp://h', host: 'h' } } }, 'mail.smtp.url and mail.smtp.host are both given'],
    [
      { mail: { ...MAIL, smtp: { host: 'h', user: 'u' } } },
      'mail.smtp.user (SMTP_USER) and mail.smtp.password (SMTP_PASSWORD) must be given together.',
    ],
    [{ http: { port: 65_536 } }, 'http.port is 65536; it must be a whole number from 0 to 65535.'],
    [{ apps: { Shop: {} } }, 'apps.Shop: an app’s name is lower-case letters, digits and hyphens'],
    [{ apps: { [`a${'b'.repeat(63)}`]: {} } }, 'an app’s name is lower-case letters, digits and hyphens, at most 63'],
    [c2dm({ ...ACCOUNT, url: 'ftp://h/' }), 'apps.default.c2dm.url is "ftp://h/"; it must be an https:// URL'],
    [
      c2dm({ ...ACCOUNT, url: 'https://u:hunter2@h/' }),
      'apps.default.c2dm.url is "https://h/"; it must be an https:// URL',
    ],
    [
      c2dm({ ...ACCOUNT, accountType: 'google' }),
      'apps.default.c2dm.accountType is "google"; it must be GOOGLE, HOSTED or',
    ],
    [
      c2dm({ user: 'a\nb', password: 'p' }),
      'apps.default.c2dm.user is "a\\nb"; it must be text of 1 to 320 characters',
    ],
  ]

  test.each(TABLE)('%j', (options, detail) => {
    const refusal = refusalOf(options)
    expect(refusal.code).toBe('PUSH_CONFIG_INVALID')
    expect(refusal.detail).toContain(detail)
    expect(refusal.detail.split('\n')).toHaveLength(1)
    expect(refusal.message).not.toContain('hunter2')
  })

  test.each([
    [{ prot: 1 }, 'prot is not an option. Did you mean proxy?'],
    [{ xyzzyPlugh: 1 }, 'xyzzyPlugh is not an option.'],
    [{ databse: 'x' }, 'databse is not an option. Did you mean database?'],
    [{ http: { prot: 1 } }, 'http.prot is not an option. Did you mean http.port?'],
    [{ port: 1 }, 'port is not an option. Did you mean mail.smtp.port or http.port?'],
    [{ ttlSeconds: 60 }, 'ttlSeconds is not an option. Did you mean registration.ttlSeconds?'],
    [
      c2dm({ ...ACCOUNT, pasword: 'hunter2' }),
      'apps.default.c2dm.pasword is not an option. Did you mean apps.default.c2dm.password?',
    ],
    [{ apps: { default: { gcm: {} } } }, 'apps.default.gcm is not an option. Did you mean apps.default.fcm?'],
  ])('an unknown name: %j', (options, detail) => {
    expect(refusalOf(options).detail).toBe(detail)
  })

  test('one error holds all that is wrong, a line each', () => {
    const refusal = refusalOf({ secret: 'hunter2', http: { port: -1 }, ...c2dm({ user: 'u' }), xyzzyPlugh: 1 })
    expect(refusal.code).toBe('PUSH_CONFIG_INVALID')
    expect(refusal.detail.split('\n')).toEqual([
      'secret is a text of 7 characters; it must be text of at least 32 characters, without control characters.',
      'http.port is -1; it must be a whole number from 0 to 65535.',
      'xyzzyPlugh is not an option.',
      'apps.default.c2dm has a user, but no password.',
    ])
  })

  test.each(['secret', 'apiKey'])('the value of %s is never shown', (name) => {
    for (const value of ['hunter2', 'hunter2\n'.repeat(9), ['hunter2'], { hunter2: 1 }]) {
      const refusal = refusalOf({ [name]: value })
      expect(`${refusal.message}${JSON.stringify(refusal)}`).not.toContain('hunter2')
    }
  })
})
