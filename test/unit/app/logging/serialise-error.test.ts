import pg from 'pg'
import { expect, inject, test } from 'vitest'
import { redactFields } from '../../../../src/app/logging/redact.ts'
import { type SerialisedError, serialiseError } from '../../../../src/app/logging/serialise-error.ts'
import { ConfigError, TransportError } from '../../../../src/model/push-error.ts'

const serialise = (error: Error): SerialisedError => serialiseError(error, (text) => text)

test('an error keeps its type, code, message, stack and causes', () => {
  const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' })
  const error = new TransportError('PUSH_TRANSPORT_UNANSWERED', { detail: 'No answer.', cause: reset })
  expect(serialise(error)).toMatchObject({
    type: 'TransportError',
    code: 'PUSH_TRANSPORT_UNANSWERED',
    message: error.message,
    stack: expect.stringMatching(/^TransportError: No answer\. .*\n\s+at .*serialise-error\.test\.ts/),
    cause: { type: 'Error', code: 'ECONNRESET', syscall: 'read', message: 'read ECONNRESET' },
  })
})

test('the errors of an AggregateError are kept', () => {
  const error = new AggregateError([new Error('::1 refused'), new Error('127.0.0.1 refused')], '')
  expect(serialise(error).errors).toMatchObject([{ message: '::1 refused' }, { message: '127.0.0.1 refused' }])
})

test('what else hangs on an error is dropped', () => {
  const error = Object.assign(new Error('no'), { detail: 'hunter2', where: 'hunter2', request: { body: 'hunter2' } })
  expect(JSON.stringify(serialise(error))).not.toContain('hunter2')
})

test('a cause that is no error shows only if it is text', () => {
  expect(serialise(new Error('no', { cause: 'closed' })).cause).toBe('closed')
  expect(serialise(new Error('no', { cause: { body: 'hunter2' } })).cause).toBe('[object]')
})

test('a circle of causes has an end', () => {
  const error = new Error('no')
  error.cause = error
  expect(JSON.stringify(serialise(error)).match(/"cause"/g)?.length).toBe(5)
})

test('the parameters of a failed Drizzle query are dropped, from the stack too', () => {
  const error = new Error('Failed query: insert into devices values ($1, $2)\nparams: hunter2,\n    at hunter2 (x:1:1)')
  const shown = serialise(error)
  expect(shown.message).toBe('Failed query: insert into devices values ($1, $2)\nparams: [redacted]')
  expect(shown.stack).toMatch(/params: \[redacted\]\n\s+at .*serialise-error\.test\.ts/)
  expect(JSON.stringify(shown)).not.toContain('hunter2')
})

test('secrets in a message are redacted, from the stack and the causes too', () => {
  const cause = new Error('connect postgres://u:hunter2@db/x')
  const fields = redactFields({ error: new ConfigError('PUSH_CONFIG_INVALID', { detail: 'Auth=hunter2', cause }) })
  expect(JSON.stringify(fields)).not.toContain('hunter2')
  expect(fields.error).toMatchObject({
    code: 'PUSH_CONFIG_INVALID',
    cause: { message: 'connect postgres://[redacted]@db/x' },
  })
})

test('PostgreSQL’s own errors name table and constraint, and quote no row', async () => {
  const client = new pg.Client({ connectionString: inject('postgres').adminUrl })
  await client.connect()
  const fail = (text: string, values: unknown[] = []) =>
    client.query(text, values).then(
      () => undefined,
      (error) => error,
    )
  try {
    await client.query('CREATE TEMP TABLE devices (address text PRIMARY KEY, age int CHECK (age > 0))')
    await client.query(`INSERT INTO devices VALUES ('hunter2', 1)`)
    const duplicate = serialise(await fail('INSERT INTO devices VALUES ($1, 1)', ['hunter2']))
    expect(duplicate).toMatchObject({ code: '23505', severity: 'ERROR', table: 'devices', constraint: 'devices_pkey' })
    const errors = [
      duplicate,
      serialise(await fail(`INSERT INTO devices VALUES ('hunter2', -1)`)),
      serialise(await fail('SELECT $1::int', ['hunter2'])),
      serialise(await fail('SELECT $1::json', ['{"a": hunter2'])),
    ]
    expect(JSON.stringify(errors)).not.toContain('hunter2')
    expect(errors[2]?.message).toBe('invalid input syntax for type integer: "[redacted]"')
  } finally {
    await client.end()
  }
})
