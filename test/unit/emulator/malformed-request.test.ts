import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createEmulator, type Emulator } from '../../../src/emulator/create-emulator.ts'
import { login, post, send, sendForm } from './client.ts'

let emulator: Emulator
let authorization: string
let registrationId: string

beforeAll(async () => {
  emulator = await createEmulator()
})
afterAll(() => emulator.close())
beforeEach(async () => {
  emulator.reset()
  authorization = `GoogleLogin auth=${await login(emulator)}`
  registrationId = emulator.devices.create().registrationId
  emulator.requests.clear()
})

function expectMalformed(text: string, named: RegExp): void {
  expect(text).toMatch(/^The emulator objects: /)
  expect(text).toMatch(named)
  expect(emulator.requests.counts().c2dm).toEqual({ malformed: 1 })
  expect(emulator.requests.recent()[0]?.objection).toMatch(named)
  expect(emulator.devices.get(registrationId)?.inbox).toEqual([])
}

it.each([
  ['a repeated field', 'collapse_key=other', /collapse_key .*more than once/],
  ['a field repeated in another spelling', 'data.a=1&data%2Ea=2', /data\.a .*more than once/],
  ['a field that C2DM does not know', 'collapseKey=x', /no field collapseKey/],
  ['a data field without a key', 'data.=x', /data\./],
  ['a field without "="', 'delay_while_idle', /no "="/],
  ['a field without a name', '=x', /no name/],
  ['an empty field', '&', /no name/],
  ['a broken escape', 'data.a=%zz', /two hex digits/],
  ['a cut escape', 'data.a=%4', /two hex digits/],
  ['bytes that are not UTF-8', 'data.a=%ff', /UTF-8/],
  ['an encoded surrogate', 'data.a=%ED%A0%80', /UTF-8/],
  ['a raw blank', 'data.a=b c', /blank/],
  ['a raw line end', 'data.a=b\n', /control/],
  ['raw UTF-8', 'data.a=ü', /non-ASCII/],
])('a form with %s is answered 400 and counted as malformed', async (_case, more, named) => {
  const form = `${sendForm({ to: registrationId })}&${more}`
  const answer = await post(emulator.services.c2dm.sendUrl, form, { authorization })
  expect(answer.status).toBe(400)
  expectMalformed(answer.body, named)
})

it.each([
  ['application/json', /application\/json/],
  ['application/x-www-form-urlencoded;charset=ISO-8859-1', /ISO-8859-1/],
  ['text/plain', /text\/plain/],
  ['multipart/form-data; boundary=x', /multipart/],
])('a body of type %s is answered 400', async (type, named) => {
  const headers = { authorization, 'content-type': type }
  const answer = await post(emulator.services.c2dm.sendUrl, sendForm({ to: registrationId }), headers)
  expect(answer.status).toBe(400)
  expectMalformed(answer.body, named)
})

it.each(['application/x-www-form-urlencoded', 'application/x-www-form-urlencoded; charset="utf-8"'])(
  'a body of type %s is taken',
  async (type) => {
    const headers = { authorization, 'content-type': type }
    const answer = await post(emulator.services.c2dm.sendUrl, sendForm({ to: registrationId }), headers)
    expect(answer.status).toBe(200)
  },
)

it('a body without a type, and a compressed one, are answered 400', async () => {
  const body = Buffer.from(sendForm({ to: registrationId }))
  const untyped = await fetch(emulator.services.c2dm.sendUrl, { method: 'POST', headers: { authorization }, body })
  expect(untyped.status).toBe(400)
  expectMalformed(await untyped.text(), /missing/)
  emulator.requests.clear()
  const headers = { authorization, 'content-encoding': 'gzip' }
  const compressed = await post(emulator.services.c2dm.sendUrl, body.toString(), headers)
  expectMalformed(compressed.body, /Content-Encoding/)
})

it.each(['GET', 'PUT', 'DELETE', 'OPTIONS'])('the method %s is answered 405 with Allow', async (method) => {
  const answer = await fetch(emulator.services.c2dm.sendUrl, { method, headers: { authorization } })
  expect(answer.status).toBe(405)
  expect(answer.headers.get('allow')).toBe('POST')
  expectMalformed(await answer.text(), new RegExp(method))
})

it('fields in the query are answered 400', async () => {
  const url = `${emulator.services.c2dm.sendUrl}?${sendForm({ to: registrationId })}`
  const answer = await post(url, sendForm({ to: registrationId }), { authorization })
  expect(answer.status).toBe(400)
  expectMalformed(answer.body, /query/)
})

it('a body of 64 KiB is judged, a longer one is answered 413', async () => {
  const form = (bytes: number) => `${sendForm({ to: registrationId })}&data.a=`.padEnd(bytes, 'x')
  const longest = await post(emulator.services.c2dm.sendUrl, form(65_536), { authorization })
  expect(longest).toMatchObject({ status: 200, body: 'Error=MessageTooBig\n' })
  emulator.requests.clear()
  const answer = await post(emulator.services.c2dm.sendUrl, form(65_537), { authorization })
  expect(answer.status).toBe(413)
  expectMalformed(answer.body, /65536/)
})

it('a body without end is answered before its end', async () => {
  const socket = connect(Number(new URL(emulator.url).port), '127.0.0.1')
  socket.on('error', () => {})
  const head = 'POST /c2dm/send HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n'
  socket.write(`${head}Content-Length: 1000000000\r\n\r\n`)
  const flood = Buffer.alloc(65_536, 'x')
  const pump = () => {
    while (!socket.destroyed && socket.write(flood));
  }
  socket.on('drain', pump)
  pump()
  const record = await emulator.requests.next()
  expect(record).toMatchObject({ outcome: 'malformed', status: 413, body: undefined })
  socket.destroy()
})

it('a client that leaves in mid-request is counted as aborted, not as malformed', async () => {
  const socket = connect(Number(new URL(emulator.url).port), '127.0.0.1')
  await once(socket, 'connect')
  socket.write('POST /c2dm/send HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nregistration_id=')
  socket.end()
  const record = await emulator.requests.next()
  expect(record).toMatchObject({ service: 'c2dm', outcome: 'aborted', status: undefined })
})

it('malformed logins are answered 400 too', async () => {
  const answer = await post(emulator.services.c2dm.clientLoginUrl, 'Email=a&Email=b')
  expect(answer).toMatchObject({ status: 400, body: expect.stringContaining('Email') })
  expect(emulator.requests.counts()['client-login']).toEqual({ malformed: 1 })
})

it('correct requests leave no malformed one', async () => {
  const token = authorization.slice('GoogleLogin auth='.length)
  await send(emulator, { token, to: registrationId, data: { a: '100% + ü&=' } })
  expect(emulator.requests.count('c2dm', 'malformed')).toBe(0)
  expect(emulator.requests.count('c2dm')).toBe(1)
})
