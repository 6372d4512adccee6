// What the device doors refuse: always a problem document, never a 500, and nothing is stored.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseRaw, type Serving, serve } from './serving.ts'

const SECRET = 'address-that-must-not-be-echoed'
const DEVICE = 'device_id=device-hostile'
const ADDRESS = `registration_id=${SECRET}`
const REGISTRATION = `${DEVICE}&${ADDRESS}`

let serving: Serving
beforeAll(async () => {
  serving = await serve()
})
afterAll(() => serving[Symbol.asyncDispose]())

async function expectRefused(bytes: string | Buffer, status: number, code?: string): Promise<void> {
  const before = await serving.counts()
  const text = await serving.raw(bytes)
  const answer = parseRaw(text)
  expect(answer.status, text).toBe(status)
  expect(text).not.toContain(SECRET)
  expect(answer.head.toLowerCase()).toContain('content-type: application/problem+json')
  expect(answer.head.toLowerCase()).toContain('cache-control: no-store')
  if (!/^HEAD /.test(bytes.toString('latin1'))) {
    expect(JSON.parse(answer.body)).toMatchObject({ status, ...(code && { code }) })
  }
  expect(await serving.counts()).toEqual(before)
}

function get(target: string, headers = ''): string {
  return `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`
}

const QUERIES: ReadonlyArray<readonly [fact: string, door: string, query: string]> = [
  ['no query at all', 'registration', ''],
  ['an empty query', 'registration', '?'],
  ['only separators', 'registration', '?&&&'],
  ['no device_id', 'registration', `?${ADDRESS}`],
  ['no registration_id', 'registration', `?${DEVICE}`],
  ['a name without a value', 'registration', `?device_id&${ADDRESS}`],
  ['an empty value', 'registration', `?device_id=&${ADDRESS}`],
  ['a name in other letters', 'registration', `?Device_Id=device-hostile&${ADDRESS}`],
  ['a semicolon for a separator', 'registration', `?${DEVICE};${ADDRESS}`],
  ['device_id twice', 'registration', `?${DEVICE}&${REGISTRATION}`],
  ['device_id twice, once escaped', 'registration', `?device%5Fid=device-hostile&${REGISTRATION}`],
  ['registration_id twice', 'registration', `?${REGISTRATION}&${ADDRESS}`],
  ['device_id[]', 'registration', `?device_id[]=device-hostile&${ADDRESS}`],
  ['device_id[] beside device_id', 'registration', `?${REGISTRATION}&device_id[]=device-hostile`],
  ['device_id[0]', 'registration', `?device_id[0]=device-hostile&${ADDRESS}`],
  ['device_id%5B%5D', 'registration', `?device_id%5B%5D=device-hostile&${ADDRESS}`],
  ['device_id[$ne]', 'registration', `?device_id[$ne]=device-hostile&${ADDRESS}`],
  ['a device_id of 7 bytes', 'registration', `?device_id=1234567&${ADDRESS}`],
  ['a device_id of 65 bytes', 'registration', `?device_id=${'d'.repeat(65)}&${ADDRESS}`],
  ['a device_id of 33 letters and 66 bytes', 'registration', `?device_id=${'%C3%BC'.repeat(33)}&${ADDRESS}`],
  ['a registration_id of 7 bytes', 'registration', `?${DEVICE}&registration_id=1234567`],
  ['a registration_id of 141 bytes', 'registration', `?${DEVICE}&registration_id=${'a'.repeat(141)}`],
  ['a registration_id of 4000 bytes', 'registration', `?${DEVICE}&registration_id=${'a'.repeat(4000)}`],
  ['a query of more than 4 KiB', 'registration', `?${REGISTRATION}&x=${'a'.repeat(4096)}`],
  ['a NUL in device_id', 'registration', `?device_id=device%00hostile&${ADDRESS}`],
  ['a NUL in registration_id', 'registration', `?${DEVICE}&registration_id=address%00hostile`],
  ['a newline in device_id', 'registration', `?device_id=device%0Ahostile&${ADDRESS}`],
  ['a carriage return in registration_id', 'registration', `?${DEVICE}&registration_id=address%0D%0AX-Evil:1`],
  ['a DEL in device_id', 'registration', `?device_id=device%7Fhostile&${ADDRESS}`],
  ['a torn escape', 'registration', `?device_id=device-hostile%&${ADDRESS}`],
  ['half an escape', 'registration', `?device_id=device-hostile%4&${ADDRESS}`],
  ['an escape that is not hex', 'registration', `?device_id=device-hostile%zz&${ADDRESS}`],
  ['a torn escape in an unknown parameter', 'registration', `?${REGISTRATION}&x=%`],
  ['a byte that is not UTF-8', 'registration', `?device_id=device-hostile%ff&${ADDRESS}`],
  ['an overlong encoding', 'registration', `?device_id=device-hostile%c0%af&${ADDRESS}`],
  ['a surrogate in UTF-8', 'registration', `?device_id=device-hostile%ed%a0%80&${ADDRESS}`],
  ['half a letter', 'registration', `?device_id=device-hostile%c3&${ADDRESS}`],
  ['a code point beyond Unicode', 'registration', `?device_id=device-hostile%f5%80%80%80&${ADDRESS}`],
  ['the escapes of UTF-16', 'registration', `?device_id=%u0041%u0042%u0043&${ADDRESS}`],
  ['a confirmation without a token', 'confirmation', `?${DEVICE}`],
  ['a confirmation with an empty token', 'confirmation', `?${DEVICE}&registration_token=`],
  ['a confirmation with a token of 65 bytes', 'confirmation', `?${DEVICE}&registration_token=${'t'.repeat(65)}`],
  ['a confirmation with two tokens', 'confirmation', `?${DEVICE}&registration_token=a&registration_token=b`],
  ['a confirmation with an array of tokens', 'confirmation', `?${DEVICE}&registration_token[]=a`],
  ['a confirmation with a NUL', 'confirmation', `?${DEVICE}&registration_token=a%00`],
  ['a confirmation without a device', 'confirmation', '?registration_token=abc'],
]

describe.each(QUERIES)('%s', (_fact, door, query) => {
  test('is answered 400', async () => {
    await expectRefused(get(`/c2dm/${door}${query}`), 400, 'PUSH_REQUEST_INVALID')
  })
})

describe('bytes that are not escaped', () => {
  test.each([
    ['Latin-1', Buffer.from([0xfc, 0x62, 0x65, 0x72, 0x61, 0x6c, 0x6c, 0x21])],
    ['a lone continuation byte', Buffer.from('device-hostile\x80', 'latin1')],
  ])('%s is answered 400', async (_fact, id) => {
    const bytes = [
      Buffer.from('GET /c2dm/registration?device_id='),
      id,
      Buffer.from(`&${ADDRESS} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`),
    ]
    await expectRefused(Buffer.concat(bytes), 400, 'PUSH_REQUEST_INVALID')
  })

  test.each([
    ['a NUL', '\0'],
    ['a space', ' '],
    ['a carriage return', '\r'],
  ])('%s in the URL is answered 400', async (_fact, char) => {
    await expectRefused(
      get(`/c2dm/registration?device_id=device${char}hostile&${ADDRESS}`),
      400,
      'PUSH_REQUEST_INVALID',
    )
  })
})

describe('methods', () => {
  const NODE_METHODS = ['HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND', 'M-SEARCH', 'QUERY']

  test.each(NODE_METHODS.flatMap((method) => ['registration', 'confirmation/'].map((door) => [method, door])))(
    '%s %s is answered 501, however good its query',
    async (method, door) => {
      const request = get(`/c2dm/${door}?${REGISTRATION}&registration_token=x`, 'Content-Length: 0\r\n')
      await expectRefused(request.replace('GET', method), 501, 'PUSH_REQUEST_METHOD_NOT_IMPLEMENTED')
    },
  )

  test('501 does not wait for the body, and does not read the query', async () => {
    const target = `/c2dm/registration?device_id=%zz&${'x'.repeat(5000)}`
    const request = get(target, 'Content-Length: 1000000\r\n').replace('GET', 'POST')
    await expectRefused(`${request}the start of a body`, 501, 'PUSH_REQUEST_METHOD_NOT_IMPLEMENTED')
  })

  test('a method that Node does not know is answered 501 too', async () => {
    await expectRefused(get(`/c2dm/registration?${REGISTRATION}`).replace('GET', 'FOO'), 501)
    await expectRefused(get(`/c2dm/registration?${REGISTRATION}`).replace('GET', 'get'), 501)
    await expectRefused(get(`/c2dm/registration?${REGISTRATION}`).replace('GET', 'TRACK'), 501)
  })

  test('CONNECT is answered 501', async () => {
    await expectRefused('CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n', 501)
    await expectRefused(get(`/c2dm/registration?${REGISTRATION}`).replace('GET', 'CONNECT'), 501)
  })

  test('a body of GET changes nothing', async () => {
    const request = get(
      '/c2dm/registration',
      `Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${REGISTRATION.length}\r\n`,
    )
    await expectRefused(request + REGISTRATION, 400, 'PUSH_REQUEST_INVALID')
  })
})

describe('headers', () => {
  test('larger than 16 KiB are answered 431', async () => {
    await expectRefused(
      get(`/c2dm/registration?${REGISTRATION}`, `X-Big: ${'x'.repeat(40_000)}\r\n`),
      431,
      'PUSH_REQUEST_HEADERS_TOO_LARGE',
    )
    await expectRefused(
      get(`/c2dm/registration?${REGISTRATION}&x=${'x'.repeat(40_000)}`),
      431,
      'PUSH_REQUEST_HEADERS_TOO_LARGE',
    )
  })

  test.each([
    ['no colon', 'X-Broken\r\n'],
    ['a space before the colon', 'X-Broken : 1\r\n'],
    ['a NUL', 'X-Broken: a\0b\r\n'],
    ['two lengths', 'Content-Length: 1\r\nContent-Length: 2\r\n'],
    ['a length and chunks', 'Content-Length: 1\r\nTransfer-Encoding: chunked\r\n'],
    ['a length that is no number', 'Content-Length: many\r\n'],
    ['a folded line', 'X-Broken: a\r\n b\r\n c\r\n\td\r\n: e\r\n'],
    ['an Expect that nobody knows', 'Expect: miracles\r\n'],
  ])('with %s are answered 400', async (_fact, headers) => {
    await expectRefused(get(`/c2dm/registration?${REGISTRATION}`, headers), 400, 'PUSH_REQUEST_INVALID')
  })
})
