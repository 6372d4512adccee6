import { Agent, request as httpsRequest } from 'node:https'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createEmulator, type Emulator } from '../../../src/emulator/create-emulator.ts'
import { accessToken, assertion, call, post, sendHeaders } from './fcm-client.ts'

const BAD_REQUEST = 'type.googleapis.com/google.rpc.BadRequest'
const FCM_ERROR = 'type.googleapis.com/google.firebase.fcm.v1.FcmError'

let emulator: Emulator
let token: string

beforeAll(async () => {
  emulator = await createEmulator()
})
afterAll(() => emulator.close())
beforeEach(async () => {
  emulator.reset()
  token = await accessToken(emulator)
})

const phone = (state?: 'offline' | 'unregistered' | 'mismatch' | 'throttled') =>
  emulator.devices.create({ service: 'fcm', state })
const send = (message: object, more: object = {}) => post(emulator, token, { message, ...more })
const fcmCounts = () => emulator.requests.counts().fcm

describe('FCM', () => {
  it('takes a message, tells its name, and lets it arrive', async () => {
    const device = phone()
    const data = { greeting: 'hällo 😀', empty: '' }
    const notification = { title: 'Hi', body: 'there' }
    const answer = await send({
      token: device.address,
      data,
      notification,
      android: { collapse_key: 'k', priority: 'HIGH', ttl: '3.5s', notification: { channel_id: 'news' } },
    })
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/json; charset=UTF-8' } })
    expect(answer.json.name).toMatch(/^projects\/sendword-emulator\/messages\/0:\d{16}%[0-9a-f]{16}$/)
    expect(await device.nextMessage()).toEqual({
      sequence: 1,
      receivedAt: expect.any(Number),
      providerId: answer.json.name.split('/')[3],
      data,
      collapseKey: 'k',
      delayWhileIdle: false,
      notification,
      android: { collapseKey: 'k', priority: 'HIGH', ttl: '3.5s', notification: { channelId: 'news' } },
    })
    expect(fcmCounts()).toEqual({ accepted: 1 })
  })

  it('lets android.data stand in the place of data', async () => {
    const device = phone()
    await send({ token: device.address, data: { a: '1' }, android: { data: { b: '2' } } })
    expect(device.inbox[0]?.data).toEqual({ b: '2' })
  })

  it('takes names in lowerCamelCase too, and null for absent', async () => {
    const device = phone()
    const answer = await post(emulator, token, {
      validateOnly: false,
      message: { token: device.address, android: { collapseKey: 'k', restrictedPackageName: null } },
    })
    expect(answer.status).toBe(200)
    expect(device.inbox[0]?.collapseKey).toBe('k')
  })

  it('reaches a FID by fid and by token', async () => {
    const device = emulator.devices.create({ service: 'fcm', kind: 'fid' })
    expect(device.address).toMatch(/^[c-f][\w-]{21}$/)
    await send({ fid: device.address, data: { n: '1' } })
    await send({ token: device.address, data: { n: '2' } })
    expect(device.inbox.map(({ data }) => data.n)).toEqual(['1', '2'])
  })

  it('checks a message with validate_only, and delivers nothing', async () => {
    const device = phone()
    expect((await send({ token: device.address }, { validate_only: true })).json).toEqual({
      name: 'projects/sendword-emulator/messages/fake_message_id',
    })
    expect((await send({ token: 'nobody' }, { validate_only: true })).status).toBe(400)
    expect(device.inbox).toEqual([])
  })

  it.each([{ topic: 'news' }, { condition: "'a' in topics && ('b' in topics || !('c' in topics))" }])(
    'takes messages to %j, and names them by a number',
    async (target) => {
      expect((await send({ ...target, data: {} })).json.name).toMatch(/^projects\/sendword-emulator\/messages\/\d{16}$/)
    },
  )

  it('speaks HTTP/1.1 on the same port', async () => {
    const device = phone()
    const { ':path': path, ...headers } = sendHeaders(emulator, token)
    const agent = new Agent({ ca: emulator.ca, keepAlive: false })
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const request = httpsRequest(
      `${emulator.services.fcm.url}${path}`,
      { method: 'POST', headers, agent },
      (response) => {
        response.setEncoding('utf8')
        let body = `${response.httpVersion} ${response.statusCode} `
        response.on('data', (chunk) => {
          body += chunk
        })
        response.on('end', () => resolve(body))
      },
    )
    request.on('error', reject)
    request.end(JSON.stringify({ message: { token: device.address } }))
    expect(await promise).toMatch(/^1\.1 200 \{"name":/)
    expect(device.inbox).toHaveLength(1)
  })
})

describe('An address', () => {
  it.each([
    ['unregistered', 404, 'NOT_FOUND', 'UNREGISTERED', 'Requested entity was not found.'],
    ['mismatch', 403, 'PERMISSION_DENIED', 'SENDER_ID_MISMATCH', 'SenderId mismatch'],
  ] as const)('that is %s is answered %i', async (state, code, status, errorCode, message) => {
    const answer = await send({ token: phone(state).address })
    expect(answer.status).toBe(code)
    expect(answer.json).toEqual({
      error: { code, message, status, details: [{ '@type': FCM_ERROR, errorCode }] },
    })
  })

  it('that is throttled is answered 429 with the quota that was exceeded', async () => {
    const answer = await send({ token: phone('throttled').address })
    expect(answer).toMatchObject({ status: 429, json: { error: { status: 'RESOURCE_EXHAUSTED' } } })
    expect(answer.json.error.details[1].violations).toEqual([
      { subject: 'device', description: 'Device message rate exceeded.' },
    ])
  })

  it('that was one is answered UNREGISTERED; one that cannot be, INVALID_ARGUMENT without a field', async () => {
    const gone = phone()
    emulator.devices.create({ service: 'fcm' })
    const { address } = gone
    emulator.reset()
    token = await accessToken(emulator)
    expect((await send({ token: address })).json.error.details[0].errorCode).toBe('UNREGISTERED')
    expect((await send({ token: 'nonsense' })).json.error).toEqual({
      code: 400,
      message: 'The registration token is not a valid FCM registration token',
      status: 'INVALID_ARGUMENT',
      details: [{ '@type': FCM_ERROR, errorCode: 'INVALID_ARGUMENT' }],
    })
  })

  it.each([
    ['unregistered-1', 404],
    ['mismatch-1', 403],
    ['throttled-1', 429],
    ['quota-1', 429],
    ['toobig-1', 400],
    ['offline-1', 200],
  ])('named %s is answered %i', async (address, status) => {
    expect((await send({ token: address })).status).toBe(status)
  })

  it('named flaky2-… is answered 503 twice, then takes the message', async () => {
    const answers = []
    for (let n = 0; n < 3; n++) answers.push(await send({ token: 'flaky2-x' }))
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 200])
    expect(answers[0]?.headers['retry-after']).toBe('30')
    expect(fcmCounts()).toEqual({ flaky: 2, accepted: 1 })
  })
})

describe('A message', () => {
  const long = (bytes: number) => ({ key: 'x'.repeat(bytes - 3) })

  it('may have 4096 bytes and no more, with the texts of its notification', async () => {
    const { address } = phone()
    expect((await send({ token: address, data: long(4096) })).status).toBe(200)
    for (const message of [{ data: long(4097) }, { data: long(4090), notification: { title: '1234567' } }]) {
      const answer = await send({ token: address, ...message })
      expect(answer.json.error).toMatchObject({ code: 400, message: expect.stringMatching(/^Message is too large\./) })
    }
  })

  it.each([
    ['message.data', { data: { from: 'x' } }],
    ['message.data', { data: { message_type: 'x' } }],
    ['message.data', { data: { 'google.sent': 'x' } }],
    ['message.data', { data: { 'gcm.notification.title': 'x' } }],
    ['message.android.data', { android: { data: { gcm: 'x' } } }],
    ['message.android.ttl', { android: { ttl: '2419201s' } }],
    ['message.android.ttl', { android: { ttl: '-1s' } }],
    ['message.android.notification.color', { android: { notification: { color: 'red' } } }],
    ['message', { android: {}, android_v2: {} }],
    ['message.fcm_options.analytics_label', { fcm_options: { analytics_label: 'a b' } }],
    ['message.android.fcm_options.analytics_label', { android: { fcm_options: { analytics_label: '' } } }],
    ['message.apns.payload', { apns: { payload: { alert: 'x' } } }],
    ['message.webpush.fcm_options.link', { webpush: { fcm_options: { link: 'http://example.com' } } }],
  ])('with a wrong %s is refused, and FCM names the field: %j', async (field, fields) => {
    const answer = await send({ token: phone().address, ...fields })
    expect(answer.json.error).toMatchObject({ code: 400, status: 'INVALID_ARGUMENT' })
    expect(answer.json.error.details).toEqual([
      { '@type': FCM_ERROR, errorCode: 'INVALID_ARGUMENT' },
      { '@type': BAD_REQUEST, fieldViolations: [{ field, description: expect.any(String) }] },
    ])
    expect(fcmCounts()).toEqual({ INVALID_ARGUMENT: 1 })
  })

  it.each([
    ['news letter', 'message.topic'],
    ['/topics/news', 'message.topic'],
    ['', 'message.token'],
  ])('to the topic "%s" is refused', async (topic, field) => {
    expect((await send({ topic })).json.error.details[1].fieldViolations[0].field).toBe(field)
  })

  it.each([
    "'a' in topics &&",
    "'a' in topics 'b' in topics",
    "('a' in topics",
    "'a' in topics)",
    'a in topics',
    "'a b' in topics",
    Array.from('abcdef', (topic) => `'${topic}' in topics`).join(' || '),
  ])('to the condition %s is refused', async (condition) => {
    expect((await send({ condition })).json.error.details[1].fieldViolations[0].field).toBe('message.condition')
  })
})

describe('What a correct client does not send', () => {
  it.each([
    ['an unknown field', { token: 'x', datum: {} }, 'message', `Unknown name "datum" at 'message': Cannot find field.`],
    ['a number in data', { token: 'x', data: { a: '', n: 1 } }, 'message.data[1].value', '(TYPE_STRING), 1'],
    ['two targets', { token: 'x', topic: 'y' }, 'message', "Cannot set 'topic'"],
    ['a field twice', { token: 'x', fcmOptions: {}, fcm_options: {} }, 'message', "'fcm_options' is already set"],
    ['a priority that is none', { token: 'x', android: { priority: 'high' } }, 'message.android.priority', '(ENUM)'],
    ['a ttl without unit', { token: 'x', android: { ttl: '60' } }, 'message.android.ttl', '(DURATION)'],
    ['a ttl that is a number', { token: 'x', android: { ttl: 60 } }, 'message.android.ttl', '(DURATION)'],
    ['a text for an object', { token: 'x', notification: 'hello' }, 'message.notification', '(MESSAGE)'],
  ])('%s is answered 400 and counted as malformed', async (_case, message, field, text) => {
    const answer = await send(message)
    expect(answer.json.error).toMatchObject({ code: 400, status: 'INVALID_ARGUMENT' })
    const violation = { field, description: expect.stringContaining(text) }
    expect(answer.json.error.details).toEqual([{ '@type': BAD_REQUEST, fieldViolations: [violation] }])
    expect(fcmCounts()).toEqual({ malformed: 1 })
  })

  it.each([
    ['no message', '{}'],
    ['no target', '{"message":{}}'],
    ['no JSON', '{'],
    ['no object', '[]'],
    ['nothing', ''],
  ])('%s is answered 400 and counted as malformed', async (_case, body) => {
    expect((await post(emulator, token, body)).json.error).toMatchObject({ code: 400, status: 'INVALID_ARGUMENT' })
    expect(fcmCounts()).toEqual({ malformed: 1 })
  })

  it.each([
    ['another content type', { 'content-type': 'text/plain' }, 400],
    ['another method', { ':method': 'PUT' }, 400],
    ['another path', { ':path': '/fcm/send' }, 404],
  ])('%s is answered %s and counted as malformed', async (_case, headers, status) => {
    const answer = await call(emulator, { ...sendHeaders(emulator, token), ...headers }, '{"message":{"topic":"a"}}')
    expect(answer.status).toBe(status)
    expect(fcmCounts()).toEqual({ malformed: 1 })
  })

  it('is another project: 404 without an FcmError', async () => {
    const headers = { ...sendHeaders(emulator, token), ':path': '/v1/projects/other/messages:send' }
    const answer = await call(emulator, headers, '{}')
    expect(answer.json).toEqual({
      error: { code: 404, message: 'Requested entity was not found.', status: 'NOT_FOUND' },
    })
  })
})

describe('The bearer token', () => {
  it.each([
    ['no header', undefined],
    ['another scheme', 'key=abc'],
    ['a token that was not issued here', 'Bearer abc'],
  ])('with %s is answered 401, without an FcmError', async (_case, authorization) => {
    const { authorization: _theirs, ...others } = sendHeaders(emulator, token)
    const headers = { ...others, ...(authorization !== undefined && { authorization }) }
    const answer = await call(emulator, headers, '{"message":{"topic":"a"}}')
    expect(answer.json.error).toEqual({ code: 401, message: expect.any(String), status: 'UNAUTHENTICATED' })
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer /)
    expect(fcmCounts()).toEqual({ unauthorized: 1 })
  })

  it('for other scopes is answered 403', async () => {
    const scope = 'https://www.googleapis.com/auth/devstorage.read_only'
    const other = await askFor({ scope })
    expect((await post(emulator, other, { message: { topic: 'a' } })).json.error).toMatchObject({
      code: 403,
      status: 'PERMISSION_DENIED',
    })
    const wide = await askFor({ scope: `${scope} https://www.googleapis.com/auth/cloud-platform` })
    expect((await post(emulator, wide, { message: { topic: 'a' } })).status).toBe(200)
  })

  it('is refused when tokens were expired by hand, for one service or all', async () => {
    emulator.expireTokens('c2dm')
    expect((await send({ topic: 'a' })).status).toBe(200)
    emulator.expireTokens('fcm')
    expect((await send({ topic: 'a' })).status).toBe(401)
  })

  it('is refused after its number of sends', async () => {
    await using brief = await createEmulator({ fcm: { tokenSends: 1 } })
    const briefToken = await accessToken(brief)
    const statuses = []
    for (let n = 0; n < 2; n++) statuses.push((await post(brief, briefToken, { message: { topic: 'a' } })).status)
    expect(statuses).toEqual([200, 401])
  })
})

async function askFor(claims: object): Promise<string> {
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion: assertion(emulator, { ...claims }),
  }
  const headers = { ':path': '/token', 'content-type': 'application/x-www-form-urlencoded' }
  return (await call(emulator, headers, new URLSearchParams(form).toString())).json.access_token
}
