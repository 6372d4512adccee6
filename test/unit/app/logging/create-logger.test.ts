import { describe, expect, test } from 'vitest'
import { createLogger, type ErrorRecord, type LoggerInput } from '../../../../src/app/logging/create-logger.ts'
import { StateError } from '../../../../src/model/push-error.ts'

const CLOCK = { now: () => Date.UTC(2030, 0, 2, 3, 4, 5, 6), sleep: () => Promise.resolve() }

function capture(input: Partial<LoggerInput> = {}) {
  const lines: string[] = []
  const destination = { write: (line: string) => lines.push(line) }
  const logger = createLogger({ level: 'info', format: 'json', clock: CLOCK, destination, ...input })
  return { logger, lines, parsed: () => lines.map((line) => JSON.parse(line)) }
}

describe('JSON lines', () => {
  test('a line is one object: level, time, name, the fields and msg', () => {
    const { logger, lines } = capture()
    logger.child('c2dm').warn('Slow.', { ms: 1200 })
    expect(lines).toEqual([
      '{"level":"warn","time":"2030-01-02T03:04:05.006Z","name":"sendword.c2dm","ms":1200,"msg":"Slow."}\n',
    ])
  })

  test('the logger of the process is named sendword, and a child’s child has a longer name', () => {
    const { logger, parsed } = capture()
    logger.info('a')
    logger.child('http').child('api').info('b')
    expect(parsed().map((line) => line.name)).toEqual(['sendword', 'sendword.http.api'])
  })

  test('line breaks and percent signs in a message stay in their line', () => {
    const { logger, lines, parsed } = capture()
    logger.info('100%s %d\nlevel=error', { text: 'a\nb' })
    expect(lines[0]?.trimEnd()).not.toContain('\n')
    expect(parsed()[0]).toMatchObject({ msg: '100%s %d\nlevel=error', text: 'a\nb' })
  })

  test('fields cannot stand in for the line’s own', () => {
    const { logger, parsed } = capture()
    logger.info('a', { name: 'n', level: 'l', time: 't', msg: 'm' })
    expect(parsed()[0]).toEqual({
      level: 'info',
      time: '2030-01-02T03:04:05.006Z',
      name: 'sendword',
      msg: 'a',
      name_: 'n',
      level_: 'l',
      time_: 't',
      msg_: 'm',
    })
  })

  test('an error is written with its code and causes', () => {
    const { logger, parsed } = capture()
    logger.error('Failed.', { error: new StateError('PUSH_CLOSED', { cause: new Error('inner') }) })
    expect(parsed()[0]).toMatchObject({
      error: { type: 'StateError', code: 'PUSH_CLOSED', stack: expect.any(String), cause: { message: 'inner' } },
    })
  })

  test('secrets are redacted in fields and message', () => {
    const { logger, lines } = capture()
    logger.error('At postgres://u:hunter2@h/x', {
      registrationId: 'hunter2',
      request: { url: '/c2dm/registration?registration_id=hunter2' },
      error: new Error('registration_token=hunter2'),
    })
    expect(lines).toHaveLength(1)
    expect(lines[0]).not.toContain('hunter2')
  })
})

describe('levels', () => {
  const SEVERITIES = ['debug', 'info', 'warn', 'error'] as const
  const written = (input: Partial<LoggerInput>, name?: string) => {
    const { logger, parsed } = capture(input)
    const named = name === undefined ? logger : name.split('.').reduce((parent, child) => parent.child(child), logger)
    for (const severity of SEVERITIES) named[severity]('x')
    return parsed().map((line) => line.level)
  }

  test.each([
    ['debug', ['debug', 'info', 'warn', 'error']],
    ['info', ['info', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['error', ['error']],
    ['silent', []],
  ] as const)('%s', (level, expected) => {
    expect(written({ level })).toEqual(expected)
  })

  const levels = { sendword: 'warn', 'sendword.c2dm': 'debug', 'sendword.c2dm.login': 'silent' } as const
  test.each([
    [undefined, ['warn', 'error']],
    ['http', ['warn', 'error']],
    ['c2dm', ['debug', 'info', 'warn', 'error']],
    ['c2dm.send', ['debug', 'info', 'warn', 'error']],
    ['c2dm.login', []],
    ['c2dm.login.retry', []],
    ['c2dmx', ['warn', 'error']],
  ])('the longest name decides: %s', (name, expected) => {
    expect(written({ level: 'info', levels }, name)).toEqual(expected)
  })

  test('a name that no level speaks of has the general one', () => {
    expect(written({ level: 'error', levels: { 'sendword.c2dm': 'debug' } }, 'http')).toEqual(['error'])
  })
})

describe('lines for people', () => {
  test('show time, level, name, message and fields, redacted and without colours when nobody watches', () => {
    const { logger, lines } = capture({ format: 'pretty' })
    logger.child('c2dm').info('Sent.', { count: 3, token: 'hunter2' })
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/INFO.*sendword\.c2dm.*Sent\..*"count":3.*\[redacted\]/)
    expect(lines[0]).not.toContain('\u001b')
    expect(lines[0]).not.toContain('hunter2')
  })

  test('show an error with its stack', () => {
    const { logger, lines } = capture({ format: 'pretty' })
    logger.error('Failed.', { error: new Error('boom') })
    expect(lines.join('')).toMatch(/ERROR.*Failed\..*boom/s)
  })
})

describe('onError', () => {
  test('is told of errors alone, redacted', () => {
    const records: ErrorRecord[] = []
    const { logger } = capture({ onError: (record) => records.push(record) })
    logger.warn('a warning')
    logger.child('db').error('Failed.', { password: 'hunter2' })
    expect(records).toEqual([
      { time: CLOCK.now(), name: 'sendword.db', msg: 'Failed.', fields: { password: '[redacted]' } },
    ])
  })

  test('is not told of what the levels silence', () => {
    const records: ErrorRecord[] = []
    const { logger } = capture({ levels: { 'sendword.db': 'silent' }, onError: (record) => records.push(record) })
    logger.child('db').error('Failed.')
    expect(records).toEqual([])
  })
})
