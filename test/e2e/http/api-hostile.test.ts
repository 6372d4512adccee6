// What the JSON API refuses: always a problem document, never a 500, and nothing is stored.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { confirmedDevice } from '../../kit/core.ts'
import { API_KEY, parseRaw, type Serving, serve } from './serving.ts'

const DEVICE = 'hostile-device'
const MESSAGES = `/v1/apps/default/devices/${DEVICE}/messages`
const VALUE = 'value-that-must-not-be-echoed'
const JSON_TYPE = 'Content-Type: application/json\r\n'

let serving: Serving
let registrationId: string
beforeAll(async () => {
  serving = await serve()
  registrationId = (await confirmedDevice(serving, DEVICE)).registrationId
})
afterAll(() => serving[Symbol.asyncDispose]())

async function expectRefused(bytes: Buffer, status: number, code: string): Promise<{ detail: string }> {
  const before = await serving.counts()
  const text = await serving.raw(bytes)
  const answer = parseRaw(text)
  expect(answer.status, text).toBe(status)
  expect(answer.head.toLowerCase()).toContain('content-type: application/problem+json')
  expect(text).not.toContain(VALUE)
  expect(text).not.toContain(API_KEY)
  expect(text).not.toContain(registrationId)
  const body = JSON.parse(answer.body) as { detail: string }
  expect(body).toMatchObject({ status, code })
  expect(await serving.counts()).toEqual(before)
  return body
}

interface Sending {
  readonly method?: string
  readonly path?: string
  readonly headers?: string
  readonly body?: string | Buffer
}

function sending({ method = 'POST', path = MESSAGES, headers = JSON_TYPE, body = '' }: Sending): Buffer {
  const bytes = Buffer.from(body)
  const head = `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${API_KEY}\r\n`
  const length = /^(Content-Length|Transfer-Encoding):/im.test(headers) ? '' : `Content-Length: ${bytes.length}\r\n`
  return Buffer.concat([Buffer.from(`${head}${length}${headers}\r\n`), bytes])
}

function withField(field: string): string {
  return `{"data":{"a":"${VALUE}"},${field}}`
}

const BODIES: ReadonlyArray<readonly [fact: string, body: string | Buffer]> = [
  ['nothing', ''],
  ['white space', ' \n\t '],
  ['text', VALUE],
  ['torn JSON', `{"data":{"a":"${VALUE}"`],
  ['JSON and more', `{"data":{"a":"${VALUE}"}} {}`],
  ['two documents', `{"data":{}}\n{"data":{}}`],
  ['a comment', `{"data":{"a":"${VALUE}"}/**/}`],
  ['a comma too many', `{"data":{"a":"${VALUE}"},}`],
  ['single quotes', `{'data':{'a':'${VALUE}'}}`],
  ['null', 'null'],
  ['a number', '42'],
  ['a string', `"${VALUE}"`],
  ['an array', `[{"data":{"a":"${VALUE}"}}]`],
  ['an empty object', '{}'],
  ['data that is null', '{"data":null}'],
  ['data that is an array', `{"data":["${VALUE}"]}`],
  ['data that is text', `{"data":"${VALUE}"}`],
  ['a value that is a number', '{"data":{"a":1}}'],
  ['a value that is null', '{"data":{"a":null}}'],
  ['a value that is an object', `{"data":{"a":{"b":"${VALUE}"}}}`],
  ['a value that is an array', `{"data":{"a":["${VALUE}"]}}`],
  ['a value that is true', '{"data":{"a":true}}'],
  ['data twice', `{"data":{"a":"${VALUE}"},"data":{"b":"${VALUE}"}}`],
  ['a key twice', `{"data":{"a":"${VALUE}","a":"2"}}`],
  ['a key twice, once escaped', `{"data":{"a":"${VALUE}","\\u0061":"2"}}`],
  ['a field that is unknown', withField('"to":"somebody"')],
  ['a field in other letters', withField('"TTL":60')],
  ['a long unknown field', withField(`"${'x'.repeat(5000)}":1`)],
  ['an unknown field with a lone surrogate', withField('"\\ud800":1')],
  ['__proto__ at the top', withField('"__proto__":{"ttl":60}')],
  ['__proto__ in data', `{"data":{"__proto__":"${VALUE}"}}`],
  ['__proto__, escaped', `{"data":{"\\u005f_proto__":"${VALUE}"}}`],
  ['constructor.prototype', withField('"constructor":{"prototype":{"x":1}}')],
  ['an escaped NUL in a value', '{"data":{"a":"b\\u0000c"}}'],
  ['an escaped NUL in a key', '{"data":{"a\\u0000":"b"}}'],
  ['a NUL as it is', '{"data":{"a":"b\0c"}}'],
  ['an empty key', `{"data":{"":"${VALUE}"}}`],
  ['a lone surrogate in a value', '{"data":{"a":"\\ud83d"}}'],
  ['a lone surrogate in a key', '{"data":{"\\udc00":"b"}}'],
  ['a surrogate in UTF-8', Buffer.from('{"data":{"a":"\xed\xa0\x80"}}', 'latin1')],
  ['Latin-1', Buffer.from('{"data":{"a":"\xfc"}}', 'latin1')],
  ['an overlong encoding', Buffer.from('{"data":{"a":"\xc0\xaf"}}', 'latin1')],
  ['a byte order mark', `\ufeff{"data":{"a":"${VALUE}"}}`],
  ['UTF-16LE', Buffer.from(`\ufeff{"data":{"a":"b"}}`, 'utf16le')],
  ['UTF-16 without a mark', Buffer.from(`{"data":{"a":"b"}}`, 'utf16le')],
  ['a ttl that is text', withField('"ttl":"60"')],
  ['a ttl that is negative', withField('"ttl":-1')],
  ['a ttl with a fraction', withField('"ttl":1.5')],
  ['a ttl beyond 28 days', withField('"ttl":2419201')],
  ['a ttl that is huge', withField('"ttl":1e308')],
  ['a ttl that is infinite', withField('"ttl":1e999')],
  ['a ttl of a thousand digits', withField(`"ttl":${'9'.repeat(1000)}`)],
  ['a ttl that is NaN', withField('"ttl":NaN')],
  ['a ttl that is null', withField('"ttl":null')],
  ['a collapse key that is empty', withField('"collapseKey":""')],
  ['a collapse key that is a number', withField('"collapseKey":1')],
  ['a collapse key that is too long', withField(`"collapseKey":"${'k'.repeat(1025)}"`)],
  ['a collapse key with a NUL', withField('"collapseKey":"a\\u0000"')],
  ['a collapse key with a lone surrogate', withField('"collapseKey":"\\ud800"')],
  ['delayWhileIdle as text', withField('"delayWhileIdle":"true"')],
  ['delayWhileIdle as a number', withField('"delayWhileIdle":1')],
  ['deep arrays', `{"data":${'['.repeat(20_000)}${']'.repeat(20_000)}}`],
  ['deep objects', `{"data":${'{"a":'.repeat(8000)}1${'}'.repeat(8000)}}`],
  ['torn deep arrays', '['.repeat(60_000)],
]

const INVALID = /^PUSH_(REQUEST|MESSAGE)_INVALID$/

describe('a body at the JSON door of', () => {
  const DOORS = ['/v1/apps/default/registrations', '/v1/apps/default/confirmations']

  test.each(BODIES)('%s is answered 400, without any key', async (_fact, body) => {
    for (const path of DOORS) await expectRefused(sending({ path, body }), 400, 'PUSH_REQUEST_INVALID')
  })

  const registration = { deviceId: 'hostile-door-1', transport: 'c2dm', address: 'hostile-address' }
  test.each([
    ['a device id with NUL', { deviceId: 'device\0zero' }],
    ['a device id with a line break', { deviceId: 'device\r\nX: y' }],
    ['a device id of 65 bytes', { deviceId: 'é'.repeat(33) }],
    ['a device id that is a number', { deviceId: 12_345_678 }],
    ['a transport of another case', { transport: 'C2DM' }],
    ['a transport that is inherited', { transport: 'constructor' }],
    ['an address with NUL', { address: 'address-\0-of-nobody' }],
    ['an address that is an object', { address: { value: 'hostile-address' } }],
    ['an address of 10,000 bytes', { address: 'x'.repeat(10_000) }],
    ['labels that are a list', { labels: ['a'] }],
    ['a label that is a number', { labels: { a: 1 } }],
    ['a label with NUL', { labels: { a: '\0' } }],
    ['a locale of 5,000 letters', { locale: 'x-'.repeat(2500) }],
    ['a time zone with a path', { timeZone: '../../etc/passwd' }],
    ['a version with an escape', { appVersion: '1\u001b[2J' }],
    ['a door', { door: 'server' }],
  ])('%s is answered 400', async (_fact, wrong) => {
    const body = JSON.stringify({ ...registration, ...wrong })
    const code = expect.stringMatching(/^PUSH_(REQUEST|REGISTRATION)_INVALID$/)
    await expectRefused(sending({ path: DOORS[0] as string, body }), 400, code)
  })
})

describe('a body of', () => {
  test.each(BODIES)('%s is answered 400', async (_fact, body) => {
    await expectRefused(sending({ body }), 400, expect.stringMatching(INVALID))
  })

  test('101 keys is answered 400', async () => {
    const data = Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`k${n}`, '']))
    await expectRefused(sending({ body: JSON.stringify({ data }) }), 400, 'PUSH_MESSAGE_INVALID')
  })

  test('many small mistakes names the first few', async () => {
    const data = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`k${n}`, n]))
    const { detail } = await expectRefused(sending({ body: JSON.stringify({ data }) }), 400, 'PUSH_REQUEST_INVALID')
    expect(detail.length).toBeLessThan(1000)
    expect(detail).toContain('"data"."k0"')
  })

  test('unknown fields is answered with their names', async () => {
    const { detail } = await expectRefused(sending({ body: withField('"to":1,"cc":2') }), 400, 'PUSH_REQUEST_INVALID')
    expect(detail).toBe('The body: unknown fields: "to", "cc".')
  })
})

describe('sizes', () => {
  const big = `{"data":{"a":"${'x'.repeat(66_000)}"}}`

  test('a body of more than 64 KiB is answered 413', async () => {
    await expectRefused(sending({ body: big }), 413, 'PUSH_REQUEST_TOO_LARGE')
  })

  test('an announcement of more is answered before it comes', async () => {
    const headers = `${JSON_TYPE}Content-Length: 9000000000\r\n`
    await expectRefused(sending({ headers, body: '{"data"' }), 413, 'PUSH_REQUEST_TOO_LARGE')
  })

  test('chunks are counted while they arrive', async () => {
    const chunk = `1000\r\n${'x'.repeat(4096)}\r\n`
    const headers = `${JSON_TYPE}Transfer-Encoding: chunked\r\n`
    await expectRefused(sending({ headers, body: chunk.repeat(40) }), 413, 'PUSH_REQUEST_TOO_LARGE')
  })

  test.each([
    ['no number', 'zz\r\n{}\r\n'],
    ['a negative one', '-1\r\n{}\r\n'],
    ['an endless one', 'ffffffffffffffffff\r\n{}\r\n'],
    ['bytes after it', '2\r\n{}xx\r\n'],
  ])('a chunk length of %s is answered 400', async (_fact, body) => {
    const headers = `${JSON_TYPE}Transfer-Encoding: chunked\r\n`
    await expectRefused(sending({ headers, body }), 400, 'PUSH_REQUEST_INVALID')
  })

  test('chunks within the limit are read', async () => {
    const body = '{"data":{"a":"1"}}'
    const headers = `${JSON_TYPE}Transfer-Encoding: chunked\r\n`
    const text = await serving.raw(sending({ headers, body: `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n` }))
    expect(parseRaw(text).status).toBe(202)
  })
})

describe('a type of', () => {
  test.each([
    ['none', ''],
    ['a form', 'Content-Type: application/x-www-form-urlencoded\r\n'],
    ['text', 'Content-Type: text/plain\r\n'],
    ['text/json', 'Content-Type: text/json\r\n'],
    ['a relative of JSON', 'Content-Type: application/merge-patch+json\r\n'],
    ['JSON in UTF-16', 'Content-Type: application/json; charset=utf-16\r\n'],
    ['JSON in Latin-1', 'Content-Type: application/json; charset="iso-8859-1"\r\n'],
    ['two types', 'Content-Type: application/json\r\nContent-Type: text/plain\r\n'],
    ['two types in one', 'Content-Type: application/json, text/plain\r\n'],
    ['compressed JSON', `${JSON_TYPE}Content-Encoding: gzip\r\n`],
    ['JSON compressed twice', `${JSON_TYPE}Content-Encoding: identity, br\r\n`],
  ])('%s is answered 415', async (_fact, headers) => {
    await expectRefused(sending({ headers, body: `{"data":{"a":"${VALUE}"}}` }), 415, 'PUSH_REQUEST_MEDIA_TYPE')
  })

  test.each(['application/json; charset=UTF-8', 'Application/JSON;charset="utf-8"', 'application/json; x=y'])(
    '%s is read',
    async (type) => {
      const body = '{"data":{"a":"1"}}'
      expect(parseRaw(await serving.raw(sending({ headers: `Content-Type: ${type}\r\n`, body }))).status).toBe(202)
    },
  )
})

const PATHS: ReadonlyArray<readonly [fact: string, path: string]> = [
  ['a torn escape', '/v1/apps/default/devices/device-a%'],
  ['half an escape', '/v1/apps/default/devices/device-a%4'],
  ['an escape that is not hex', '/v1/apps/default/devices/device-a%zz'],
  ['a byte that is not UTF-8', '/v1/apps/default/devices/device-a%ff'],
  ['an overlong slash', '/v1/apps/default/devices/device-a%c0%af'],
  ['a surrogate', '/v1/apps/default/devices/device-a%ed%a0%80'],
  ['a NUL', '/v1/apps/default/devices/device-a%00'],
  ['a newline', '/v1/apps/default/devices/device-a%0a'],
  ['a device id of 7 bytes', '/v1/apps/default/devices/1234567'],
  ['a device id of 65 bytes', `/v1/apps/default/devices/${'d'.repeat(65)}`],
  ['a device id of 33 letters and 66 bytes', `/v1/apps/default/devices/${'%C3%BC'.repeat(33)}`],
  ['a torn escape in the app', '/v1/apps/%/devices/device-any'],
]

describe('a path with', () => {
  test.each(PATHS)('%s is answered 400, for every method', async (_fact, path) => {
    await expectRefused(sending({ method: 'GET', path, headers: '' }), 400, 'PUSH_REQUEST_INVALID')
    await expectRefused(sending({ method: 'DELETE', path, headers: '' }), 400, 'PUSH_REQUEST_INVALID')
    await expectRefused(sending({ path: `${path}/messages`, body: '{"data":{}}' }), 400, 'PUSH_REQUEST_INVALID')
    await expectRefused(sending({ path: `${path}/approve`, headers: '' }), 400, 'PUSH_REQUEST_INVALID')
  })

  test.each([
    ['a NUL in the app', '/v1/apps/%00/devices', 'PUSH_APP_UNKNOWN'],
    ['an app from Object', '/v1/apps/__proto__/devices', 'PUSH_APP_UNKNOWN'],
    ['an app like a path', '/v1/apps/..%2fdefault/devices', 'PUSH_APP_UNKNOWN'],
    ['an app that is long', `/v1/apps/${'a'.repeat(5000)}/devices`, 'PUSH_APP_UNKNOWN'],
    ['a NUL in the message id', '/v1/apps/default/messages/%00', 'PUSH_MESSAGE_UNKNOWN'],
    ['SQL in the message id', "/v1/apps/default/messages/'%20OR%201=1--", 'PUSH_MESSAGE_UNKNOWN'],
    [
      'braces for a message id',
      '/v1/apps/default/messages/%7B01890000-0000-7000-8000-000000000000%7D',
      'PUSH_MESSAGE_UNKNOWN',
    ],
    ['SQL in the device id', "/v1/apps/default/devices/x'%20OR%201=1--", 'PUSH_DEVICE_UNKNOWN'],
    ['dots that leave the API', '/v1/../../etc/passwd', 'PUSH_REQUEST_NOT_FOUND'],
    ['encoded dots', '/v1/apps/default/%2e%2e/%2e%2e/nothing', 'PUSH_REQUEST_NOT_FOUND'],
  ])('%s is answered 404', async (_fact, path, code) => {
    await expectRefused(sending({ method: 'GET', path, headers: '' }), 404, code)
  })

  test.each([
    ['a backslash', '/v1\\apps'],
    ['a backslash that leaves the API', '/v1/..\\..\\healthz'],
  ])('%s is answered 4xx', async (_fact, path) => {
    const text = await serving.raw(sending({ method: 'GET', path, headers: '' }))
    expect(parseRaw(text).status).toBeGreaterThanOrEqual(400)
    expect(parseRaw(text).status).toBeLessThan(500)
  })
})

describe('methods', () => {
  test.each(['TRACE', 'PROPFIND', 'PUT', 'PATCH', 'OPTIONS', 'QUERY', 'M-SEARCH'])(
    '%s is answered 405',
    async (method) => {
      await expectRefused(
        sending({ method, headers: JSON_TYPE, body: `{"data":{"a":"${VALUE}"}}` }),
        405,
        'PUSH_REQUEST_METHOD',
      )
    },
  )

  test('one that Node does not know is answered 501', async () => {
    await expectRefused(sending({ method: 'FOO', headers: '' }), 501, 'PUSH_REQUEST_METHOD_NOT_IMPLEMENTED')
  })
})

describe('Host', () => {
  const request = (hosts: string) =>
    Buffer.from(
      `GET /v1/apps/default/holds HTTP/1.1\r\n${hosts}Authorization: Bearer ${API_KEY}\r\nConnection: close\r\n\r\n`,
    )

  test.each([
    ['missing', ''],
    ['given twice', 'Host: x\r\nHost: y\r\n'],
    ['with a path', 'Host: x/../y\r\n'],
    ['with a user', 'Host: user@x\r\n'],
    ['with a space', 'Host: x y\r\n'],
    ['with brackets', 'Host: [\r\n'],
    ['with a query', 'Host: x?y\r\n'],
  ])('%s is answered 400', async (_fact, hosts) => {
    await expectRefused(request(hosts), 400, 'PUSH_REQUEST_INVALID')
  })

  test('of any name, and a whole URL as target, are served', async () => {
    expect(parseRaw(await serving.raw(request('Host: [::1]:7300\r\n'))).status).toBe(200)
    const absolute = request('Host: x\r\n').toString().replace('/v1', 'http://elsewhere.example/v1')
    expect(parseRaw(await serving.raw(absolute)).status).toBe(200)
  })
})
