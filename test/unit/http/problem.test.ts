import { describe, expect, test } from 'vitest'
import { STATUS_BY_CODE, toProblem } from '../../../src/http/problem.ts'
import { ERROR_TABLE, type ErrorCode } from '../../../src/model/error-table.ts'
import { InputError, PushError, StateError } from '../../../src/model/push-error.ts'
import { recordingLogger } from '../../kit/recording-logger.ts'

const SECRET = 'password-in-a-cause'

test('an error of the caller is told with its detail, code and cure, and not logged', () => {
  const logger = recordingLogger()
  const { status, headers, body } = toProblem(new InputError('PUSH_REQUEST_INVALID', { detail: 'x is missing.' }), {
    logger,
  })
  expect(status).toBe(400)
  expect(headers['content-type']).toBe('application/problem+json')
  expect(JSON.parse(body)).toEqual({
    type: 'urn:sendword:error:PUSH_REQUEST_INVALID',
    title: 'The request is not valid.',
    status: 400,
    detail: 'x is missing.',
    code: 'PUSH_REQUEST_INVALID',
    cure: 'Correct what is named and send it again.',
  })
  expect(logger.lines).toEqual([])
})

describe('a fault of ours', () => {
  test.each([
    ['an Error', new Error(SECRET)],
    ['a TypeError of a library', new TypeError(SECRET)],
    ['something that is no error', { password: SECRET }],
    ['nothing', undefined],
    ['a configuration found wrong while serving', new PushError('PUSH_CONFIG_SECRET_MISSING', { detail: SECRET })],
  ])('(%s) is answered 500 without its cause, which is logged', (_fact, error) => {
    const logger = recordingLogger()
    const { status, body } = toProblem(error, { logger })
    expect(status).toBe(500)
    expect(body).not.toContain(SECRET)
    expect(JSON.parse(body)).toMatchObject({ status: 500, code: 'PUSH_INTERNAL' })
    expect(logger.lines).toEqual([expect.stringMatching(/^error A request failed/)])
  })

  test('that passes is answered 503 without its detail, or as the contract says', () => {
    const logger = recordingLogger()
    const error = new StateError('PUSH_DATABASE_DOWN', { detail: SECRET, cause: new Error(SECRET) })
    const plain = toProblem(error, { logger })
    expect(JSON.parse(plain.body)).toMatchObject({ status: 503, code: 'PUSH_DATABASE_DOWN' })
    const contract = toProblem(error, { logger, faultStatus: 500 })
    expect([contract.status, JSON.parse(contract.body).status]).toEqual([500, 500])
    expect(plain.body + contract.body).not.toContain(SECRET)
    expect(logger.lines.every((line) => line.startsWith('warn'))).toBe(true)
  })
})

test.each([
  [1, '1'],
  [1000, '1'],
  [1001, '2'],
  [3_599_999.5, '3600'],
])('a wait of %s ms is Retry-After: %s', (retryAfterMs, seconds) => {
  const error = new StateError('PUSH_REQUEST_RATE_LIMITED', { retryAfterMs })
  expect(toProblem(error, { logger: recordingLogger() }).headers['retry-after']).toBe(seconds)
})

test('every code has a status that is an error’s', () => {
  for (const code of Object.keys(ERROR_TABLE) as ErrorCode[]) {
    const { status } = toProblem(new PushError(code), { logger: recordingLogger() })
    expect(status).toBe(STATUS_BY_CODE[code])
    expect(status).toBeGreaterThanOrEqual(400)
  }
})

test('a detail with a lone surrogate is still a document', () => {
  const error = new InputError('PUSH_REQUEST_INVALID', { detail: 'x \ud800' })
  expect(JSON.parse(toProblem(error, { logger: recordingLogger() }).body).detail).toBe('x \ufffd')
})
