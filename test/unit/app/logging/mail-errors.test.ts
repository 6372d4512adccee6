import { createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createLogger, type ErrorRecord } from '../../../../src/app/logging/create-logger.ts'
import { createLogging } from '../../../../src/app/logging/create-logging.ts'
import { createErrorMailer, type ErrorMailerInput } from '../../../../src/app/logging/mail-errors.ts'
import { resolveOptions } from '../../../../src/app/options/resolve-options.ts'
import { TransportError } from '../../../../src/model/push-error.ts'
import { type MailServer, type ManualClock, manualClock, startMailServer } from './mail-server.ts'

let server: MailServer
let clock: ManualClock
let lines: string[]

beforeEach(async () => {
  server = await startMailServer()
  clock = manualClock()
  lines = []
})
afterEach(() => server.close())

function mailer(input: Partial<ErrorMailerInput> = {}) {
  const destination = { write: (line: string) => lines.push(line) }
  const created = createErrorMailer({
    admins: ['a@example.com', 'b@example.com'],
    from: 'Sendword <sendword@example.com>',
    smtp: { host: '127.0.0.1', port: server.port, secure: false, auth: undefined },
    perHour: 12,
    clock,
    logger: createLogger({ level: 'info', format: 'json', destination, clock }),
    host: 'web1',
    ...input,
  })
  onTestFinished(() => created.close())
  return created
}

const record = (msg: string, fields: ErrorRecord['fields'] = {}): ErrorRecord => ({
  time: clock.now(),
  name: 'sendword.db',
  msg,
  fields,
})

test('an error is mailed to every admin ten seconds later', async () => {
  const errors = mailer()
  errors.notify(
    record('The disk is full.', { error: { code: 'PUSH_DATABASE_FULL', stack: 'Error: no\n    at x.ts:1' } }),
  )
  expect(clock.waits()).toEqual([10_000])
  await clock.advance(9999)
  expect(server.mails).toHaveLength(0)
  await clock.advance(1)
  await server.received(1)
  const [mail] = server.mails
  expect(mail?.subject).toBe('[Sendword web1] The disk is full.')
  expect(mail?.from?.text).toBe('"Sendword" <sendword@example.com>')
  expect([mail?.to].flat().map((to) => to?.text)).toEqual(['a@example.com, b@example.com'])
  expect(mail?.headers.get('auto-submitted')).toBe('auto-generated')
  expect(mail?.text).toContain(
    'Sendword on web1 logged an error.\n\nsendword.db: The disk is full.\n2030-01-01T00:00:00.000Z',
  )
  expect(mail?.text).toContain('"code": "PUSH_DATABASE_FULL"')
  expect(mail?.text).toContain('Error: no\n    at x.ts:1')
})

describe('grouping', () => {
  test('equal errors are one mail with their count', async () => {
    const errors = mailer()
    for (let i = 0; i < 57; i++) {
      errors.notify(record('No answer.', { error: { code: 'PUSH_X' }, attempt: i }))
      await clock.advance(100)
    }
    await clock.advance(10_000)
    await server.received(1)
    expect(server.mails[0]?.subject).toBe('[Sendword web1] No answer. (57 times)')
    expect(server.mails[0]?.text).toContain('57 times, first 2030-01-01T00:00:00.000Z, last 2030-01-01T00:00:05.600Z')
  })

  test('another logger, message or code makes another kind, told in the same mail', async () => {
    const errors = mailer()
    errors.notify(record('No answer.', { error: { code: 'A' } }))
    errors.notify(record('No answer.', { error: { code: 'B' } }))
    errors.notify(record('No answer.', { code: 'A' }))
    errors.notify(record('Refused.', { error: { code: 'A' } }))
    errors.notify({ ...record('No answer.', { error: { code: 'A' } }), name: 'sendword.http' })
    errors.notify(record('No answer.', { error: { code: 'A' }, other: 1 }))
    await clock.advance(10_000)
    await server.received(1)
    expect(server.mails[0]?.subject).toBe('[Sendword web1] 6 errors of 4 kinds')
  })

  test('a flood of kinds is counted together beyond the fiftieth', async () => {
    const errors = mailer()
    for (let i = 0; i < 5000; i++) errors.notify(record(`Failed for ${i}.`))
    await clock.advance(10_000)
    await server.received(1)
    expect(server.mails[0]?.subject).toBe('[Sendword web1] 5000 errors of 51 kinds')
    expect(server.mails[0]?.text).toContain('Errors of other kinds; the log has them.\n4950 times')
  })

  test('a line break in a message adds no header', async () => {
    const errors = mailer()
    errors.notify(record('Bad\r\nBcc: c@example.com\r\n\r\nbody'))
    await clock.advance(10_000)
    await server.received(1)
    expect(server.mails[0]?.subject).toBe('[Sendword web1] Bad Bcc: c@example.com body')
    expect(server.mails[0]?.bcc).toBeUndefined()
  })
})

describe('the hourly limit', () => {
  test('holds mails back, and the next one counts what was held', async () => {
    const errors = mailer({ perHour: 2 })
    for (const count of [1, 2]) {
      errors.notify(record(`Failure ${count}.`))
      await clock.advance(10_000)
      await server.received(count)
      await errors.flush()
    }
    for (let i = 0; i < 30; i++) errors.notify(record('Again.'))
    await vi.waitUntil(() => clock.waits().length === 1)
    await errors.flush()
    expect(server.mails).toHaveLength(2)
    expect(clock.waits()).toEqual([3_590_000])
    errors.notify(record('Again.'))
    await clock.advance(3_590_000)
    await server.received(3)
    expect(server.mails[2]?.subject).toBe('[Sendword web1] Again. (31 times)')
    expect(server.mails[2]?.text).toContain('More than 2 mails an hour are not sent; this one had to wait.')
    expect(server.mails[0]?.text).not.toContain('had to wait')
  })

  test('also holds when closing; what was never mailed is counted in the log', async () => {
    const errors = mailer({ perHour: 1 })
    errors.notify(record('First.'))
    await errors.flush()
    errors.notify(record('Second.'))
    await errors.close()
    expect(server.mails.map((mail) => mail.subject)).toEqual(['[Sendword web1] First.'])
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'warn', msg: 'Errors were not mailed.', count: 1 },
    ])
  })
})

describe('a mail server that fails', () => {
  test('is logged once, as a warning, and the errors go out when it works again', async () => {
    const errors = mailer()
    server.refuses = true
    errors.notify(record('First.'))
    await errors.flush()
    errors.notify(record('Second.'))
    await errors.flush()
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'warn', msg: expect.stringContaining('Errors cannot be mailed'), error: { code: 'EMESSAGE' } },
    ])
    server.refuses = false
    await errors.flush()
    expect(server.mails.map((mail) => mail.subject)).toEqual(['[Sendword web1] 2 errors of 2 kinds'])
    server.refuses = true
    errors.notify(record('Third.'))
    await errors.flush()
    expect(lines).toHaveLength(2)
  })

  test('is tried again after five minutes', async () => {
    const errors = mailer()
    server.refuses = true
    errors.notify(record('First.'))
    await clock.advance(10_000)
    await vi.waitUntil(() => clock.waits().length === 1)
    expect(clock.waits()).toEqual([300_000])
    server.refuses = false
    await clock.advance(300_000)
    await server.received(1)
    expect(server.mails[0]?.subject).toBe('[Sendword web1] First.')
  })

  test('may be down altogether', async () => {
    const closed = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => closed.once('listening', resolve))
    const { port } = closed.address() as { port: number }
    await new Promise((resolve) => closed.close(resolve))
    const errors = mailer({ smtp: { host: '127.0.0.1', port, secure: false, auth: undefined } })
    errors.notify(record('First.'))
    await errors.close()
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'warn', error: { code: 'ESOCKET' } },
      { level: 'warn', msg: 'Errors were not mailed.', count: 1 },
    ])
  })
})

test('closing mails what waits, and nothing is taken after it', async () => {
  const errors = mailer()
  errors.notify(record('First.'))
  await errors.close()
  errors.notify(record('Second.'))
  await errors.flush()
  expect(server.mails.map((mail) => mail.subject)).toEqual(['[Sendword web1] First.'])
  expect(clock.waits()).toEqual([])
})

test.each([
  ['from the first byte', true],
  ['by STARTTLS', false],
])('it speaks TLS %s, and on this machine needs nobody to vouch for the certificate', async (_how, secure) => {
  const local = await startMailServer({ secure })
  const errors = mailer({ smtp: { host: 'localhost', port: local.port, secure, auth: undefined } })
  errors.notify(record('First.'))
  await errors.flush()
  await local.close()
  expect(local.mails).toHaveLength(1)
  expect(local.wasSecure).toBe(true)
})

test('it logs in where the server asks for it', async () => {
  const logins: unknown[] = []
  const strict = await startMailServer({
    authOptional: false,
    onAuth({ username, password }, _session, callback) {
      logins.push([username, password])
      callback(null, { user: username })
    },
  })
  const auth = { user: 'me', pass: 'p@ss' }
  const errors = mailer({ smtp: { host: '127.0.0.1', port: strict.port, secure: false, auth } })
  errors.notify(record('First.'))
  await errors.flush()
  await strict.close()
  expect(logins).toEqual([['me', 'p@ss']])
  expect(strict.mails).toHaveLength(1)
})

describe('a process’s logging', () => {
  const logging = () => {
    const { log, mail } = resolveOptions({
      log: { levels: { 'sendword.quiet': 'silent' } },
      mail: { admins: ['a@example.com'], smtp: { url: `smtp://127.0.0.1:${server.port}` } },
    })
    return createLogging({ log, mail, clock, destination: { write: (line: string) => lines.push(line) } })
  }

  test('mails the errors that are logged, with nothing secret', async () => {
    const { logger, close } = logging()
    logger.warn('A warning.')
    logger.child('quiet').error('Silenced.')
    logger.child('c2dm').error('Failed.', {
      token: 'hunter2',
      error: new TransportError('PUSH_TRANSPORT_UNANSWERED', { cause: new Error('GET /c2dm/registration?hunter2') }),
    })
    await close()
    expect(server.mails).toHaveLength(1)
    expect(server.mails[0]?.text).toContain('sendword.c2dm: Failed.')
    expect(server.mails[0]?.text).toContain('PUSH_TRANSPORT_UNANSWERED')
    expect(JSON.stringify(server.mails[0])).not.toContain('hunter2')
  })

  test('mails no error about mail, which would never end', async () => {
    const { logger, close } = logging()
    server.refuses = true
    logger.error('Failed.')
    await close()
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'error', name: 'sendword' },
      { level: 'warn', name: 'sendword.mail' },
      { level: 'warn', name: 'sendword.mail', count: 1 },
    ])
  })

  test('without admins mails nobody', async () => {
    const { log, mail } = resolveOptions({})
    const { logger, close } = createLogging({ log, mail, clock, destination: { write: (line) => lines.push(line) } })
    logger.error('Failed.')
    await close()
    expect(lines).toHaveLength(1)
    expect(server.mails).toHaveLength(0)
  })
})
