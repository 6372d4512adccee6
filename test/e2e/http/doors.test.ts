// The contract of the two device doors, as django-c2dm had it.
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createC2dmDoors } from '../../../src/http/c2dm/doors.ts'
import { confirmedDevice, createCoreKit } from '../../kit/core.ts'
import { query } from '../../kit/query.ts'
import { createShiftedClock } from '../../kit/shifted-clock.ts'
import { type Serving, serve } from './serving.ts'

let serving: Serving
beforeAll(async () => {
  serving = await serve({ moreApps: true, options: { registration: { perClient: 100_000 } } })
})
afterAll(() => serving[Symbol.asyncDispose]())

function knock(door: string, parameters: Record<string, string>): Promise<Response> {
  return fetch(`${serving.server.url}${door}?${new URLSearchParams(parameters)}`)
}

async function expectDone(response: Response): Promise<void> {
  expect(response.status).toBe(200)
  expect(await response.text()).toBe('')
  expect(response.headers.get('cache-control')).toBe('no-store')
}

async function expectProblem(response: Response, status: number, code: string): Promise<void> {
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect(await response.json()).toMatchObject({ status, code, type: `urn:sendword:error:${code}` })
  expect(response.status).toBe(status)
}

describe('the handshake', () => {
  test('registers, confirms and refreshes a device with 200 and an empty body', async () => {
    const phone = serving.emulator.devices.create()
    const registration = { device_id: 'device-one', registration_id: phone.registrationId }
    await expectDone(await knock('/c2dm/registration', registration))
    const { data, collapseKey, delayWhileIdle } = await phone.nextMessage()
    expect({ collapseKey, delayWhileIdle }).toEqual({ collapseKey: 'registration_token', delayWhileIdle: true })
    const confirmation = { device_id: 'device-one', registration_token: data.registration_token ?? '' }
    await expectDone(await knock('/c2dm/confirmation', confirmation))
    await expectDone(await knock('/c2dm/confirmation', confirmation))
    await expectDone(await knock('/c2dm/registration', registration))
    expect(phone.inbox).toHaveLength(1)
    expect(await serving.core.devices.view({ app: 'default', deviceId: 'device-one' })).toMatchObject({
      state: 'active',
    })
  })

  test('takes a slash at the end of the path', async () => {
    const phone = serving.emulator.devices.create()
    const registration = { device_id: 'device-slash', registration_id: phone.registrationId }
    await expectDone(await knock('/c2dm/registration/', registration))
    const { data } = await phone.nextMessage()
    const confirmation = { device_id: 'device-slash', registration_token: data.registration_token ?? '' }
    await expectDone(await knock('/c2dm/confirmation/', confirmation))
  })

  test('belongs to the app whose door it is', async () => {
    const phone = serving.emulator.devices.create()
    const url = `${serving.server.url}/apps/other/c2dm`
    await phone.handshake({ url, deviceId: 'device-of-other' })
    expect(await serving.core.devices.view({ app: 'other', deviceId: 'device-of-other' })).toMatchObject({
      state: 'active',
    })
    await expect(serving.core.devices.view({ app: 'default', deviceId: 'device-of-other' })).rejects.toMatchObject({
      code: 'PUSH_DEVICE_UNKNOWN',
    })
  })

  test('ignores parameters it does not know, and reads + as a space', async () => {
    const phone = serving.emulator.devices.create()
    const text = `device_id=device+with%20spaces&registration_id=${encodeURIComponent(phone.registrationId)}&x=1&x=2`
    await expectDone(await fetch(`${serving.server.url}/c2dm/registration?${text}`))
    expect((await phone.nextMessage()).data.registration_token).toHaveLength(24)
    const rows = await query(serving.url, 'SELECT 1 FROM sendword.device WHERE device_id = $1', ['device with spaces'])
    expect(rows).toHaveLength(1)
  })

  test('takes ids of any UTF-8', async () => {
    const ids = ['gerät-ü', 'дев/айс?%', '\u{1f4f1}\u{1f4f1}']
    for (const deviceId of ids)
      await expectDone(
        await knock('/c2dm/registration', {
          device_id: deviceId,
          registration_id: 'x'.repeat(20) + ids.indexOf(deviceId),
        }),
      )
    const rows = await query(serving.url, 'SELECT 1 FROM sendword.device WHERE device_id = ANY ($1)', [ids])
    expect(rows).toHaveLength(3)
  })

  test.each([
    ['device_id', 8, { registration_id: 'address-at-8-bytes' }],
    ['device_id', 64, { registration_id: 'address-at-64-bytes' }],
    ['registration_id', 8, { device_id: 'bounds-of-8-bytes' }],
    ['registration_id', 140, { device_id: 'bounds-of-140-bytes' }],
  ])('takes a %s of %i bytes', async (name, length, others) => {
    await expectDone(await knock('/c2dm/registration', { ...others, [name]: 'b'.repeat(length) }))
  })
})

describe('refusals', () => {
  test('a wrong token, an unknown device and another device’s token are refused alike', async () => {
    const phone = serving.emulator.devices.create()
    await knock('/c2dm/registration', { device_id: 'device-guess', registration_id: phone.registrationId })
    const { data } = await phone.nextMessage()
    const answers = [
      await knock('/c2dm/confirmation', { device_id: 'device-guess', registration_token: 'wrong' }),
      await knock('/c2dm/confirmation', { device_id: 'device-unknown', registration_token: 'wrong' }),
      await knock('/c2dm/confirmation', {
        device_id: 'device-other-one',
        registration_token: data.registration_token ?? '',
      }),
    ]
    const bodies = await Promise.all(answers.map((answer) => answer.clone().text()))
    expect(new Set(bodies).size).toBe(1)
    for (const answer of answers) await expectProblem(answer, 400, 'PUSH_CONFIRMATION_REFUSED')
  })

  test('too many registrations are answered 429, with the seconds to wait rounded up', async () => {
    const clock = createShiftedClock()
    await using limited = await serve({ clock, options: { registration: { perDevice: 1 } } })
    const url = `${limited.server.url}/c2dm/registration?device_id=device-limited&registration_id=address-limited`
    await expectDone(await fetch(url))
    const answer = await fetch(url)
    const retryAfter = Number(answer.headers.get('retry-after'))
    expect(Number.isInteger(retryAfter)).toBe(true)
    expect(retryAfter).toBeGreaterThan(3500)
    expect(retryAfter).toBeLessThanOrEqual(3600)
    await expectProblem(answer, 429, 'PUSH_REQUEST_RATE_LIMITED')
    clock.advance(retryAfter * 1000)
    await expectDone(await fetch(url))
  })

  test('a fault of ours is answered 500, and says nothing of its cause', async () => {
    const kit = await createCoreKit()
    const doors = createC2dmDoors(kit.core, 'default')
    await kit.core.close(0)
    const url = 'http://x/registration?device_id=device-closed&registration_id=address-closed'
    const answer = await doors.fetch(new Request(url))
    await expectProblem(answer, 500, 'PUSH_CLOSED')
    await kit[Symbol.asyncDispose]()
  })

  test('there are no doors for an app without C2DM, or without a name we know', async () => {
    for (const path of [
      '/apps/silent/c2dm',
      '/apps/nobody/c2dm',
      '/apps/default/c2dm',
      '/c2dm/deeper',
      '/c2dm/registration/x',
    ]) {
      await expectProblem(await knock(`${path}/registration`, {}), 404, 'PUSH_REQUEST_NOT_FOUND')
    }
    expect(() => createC2dmDoors(serving.core, 'silent')).toThrow(
      expect.objectContaining({ code: 'PUSH_C2DM_NOT_CONFIGURED' }),
    )
    expect(() => createC2dmDoors(serving.core, 'nobody')).toThrow(expect.objectContaining({ code: 'PUSH_APP_UNKNOWN' }))
  })

  test.each(['/c2dm/other', '/c2dm/', '/c2dm', '/c2dm/registration//', '/c2dm/registrations', '/c2dm/REGISTRATION'])(
    'there is nothing at %s',
    async (path) => {
      await expectProblem(
        await knock(path, { device_id: 'device-lost', registration_id: 'address-lost' }),
        404,
        'PUSH_REQUEST_NOT_FOUND',
      )
    },
  )
})

describe('mounted in another application', () => {
  async function listening(listener: RequestListener) {
    const server = createServer(listener).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    return {
      url: `http://127.0.0.1:${port}`,
      async [Symbol.asyncDispose]() {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      },
    }
  }

  test('works where the host strips the prefix, and where it does not', async () => {
    const doors = createC2dmDoors(serving.core, 'default')
    await using host = await listening((request, response) => {
      // Express strips the prefix at which something is mounted.
      if (request.url?.startsWith('/stripped/')) request.url = request.url.slice('/stripped'.length)
      doors.node(request, response)
    })
    for (const prefix of ['/stripped', '/any/prefix', '']) {
      const phone = serving.emulator.devices.create()
      await phone.handshake({ url: `${host.url}${prefix}`, deviceId: `device-mounted${prefix}` })
    }
    expect((await fetch(`${host.url}/any/thing`)).status).toBe(404)
  })

  test('works in Hono, mounted and routed, and knows the client’s address there', async () => {
    const doors = createC2dmDoors(serving.core, 'default')
    const app = new Hono<{ Bindings: HttpBindings }>()
    app.mount('/mounted', doors.fetch)
    app.all('/routed/:door', (context) => doors.fetch(context.req.raw, context.env))
    await using host = await listening(getRequestListener(app.fetch, { overrideGlobalObjects: false }))
    for (const prefix of ['mounted', 'routed']) {
      const phone = serving.emulator.devices.create()
      await phone.handshake({ url: `${host.url}/${prefix}`, deviceId: `device-hono-${prefix}` })
      const put = await fetch(`${host.url}/${prefix}/registration`, { method: 'PUT' })
      await expectProblem(put, 501, 'PUSH_REQUEST_METHOD_NOT_IMPLEMENTED')
    }
    const clients = await query(
      serving.url,
      `SELECT DISTINCT client FROM sendword.registration_attempt WHERE device_id LIKE 'device-hono-%'`,
    )
    expect(clients).toEqual([{ client: '127.0.0.1' }])
  })

  test('takes the client’s address from the host, and counts all others as one', async () => {
    const doors = createC2dmDoors(serving.core, 'default')
    const register = (deviceId: string, origin?: Parameters<typeof doors.fetch>[1]) =>
      doors.fetch(
        new Request(`http://x/registration?device_id=${deviceId}&registration_id=address-of-${deviceId}`),
        origin,
      )
    await expectDone(await register('fetch-known', { client: '203.0.113.9' }))
    await expectDone(await register('fetch-garbage', { client: 'not an address' }))
    await expectDone(await register('fetch-unknown'))
    const rows = await query(
      serving.url,
      `SELECT device_id, client FROM sendword.registration_attempt WHERE device_id LIKE 'fetch-%' ORDER BY 1`,
    )
    expect(rows).toEqual([
      { device_id: 'fetch-garbage', client: 'unknown' },
      { device_id: 'fetch-known', client: '203.0.113.9' },
      { device_id: 'fetch-unknown', client: 'unknown' },
    ])
  })

  test('believes X-Forwarded-For only from a trusted proxy', async () => {
    const trusting = await serving.open({ options: { trustedProxies: ['127.0.0.0/8', '10.0.0.0/8'] } })
    const believing = createC2dmDoors(trusting, 'default')
    const doubting = createC2dmDoors(serving.core, 'default')
    await using host = await listening((request, response) => {
      const doors = request.url?.startsWith('/believing') ? believing : doubting
      doors.node(request, response)
    })
    const headers = { 'x-forwarded-for': '198.51.100.1, 203.0.113.5, 10.1.2.3' }
    for (const who of ['believing', 'doubting']) {
      const url = `${host.url}/${who}/registration?device_id=${who}-proxy&registration_id=address-${who}`
      await expectDone(await fetch(url, { headers }))
    }
    const rows = await query(
      serving.url,
      `SELECT device_id, client FROM sendword.registration_attempt WHERE device_id LIKE '%-proxy' ORDER BY 1`,
    )
    expect(rows).toEqual([
      { device_id: 'believing-proxy', client: '203.0.113.5' },
      { device_id: 'doubting-proxy', client: '127.0.0.1' },
    ])
  })
})

test('a failed device registers anew and is alive again', async () => {
  const phone = await confirmedDevice(serving, 'device-failing')
  phone.state = 'unregistered'
  const { id } = await serving.core.messages.submit({
    app: 'default',
    deviceId: 'device-failing',
    content: { data: { a: '1' } },
  })
  await serving.core.messages.settled(id)
  expect(await serving.core.devices.view({ app: 'default', deviceId: 'device-failing' })).toMatchObject({
    failed: true,
  })
  const anew = serving.emulator.devices.create()
  await anew.handshake({ url: `${serving.server.url}/c2dm`, deviceId: 'device-failing' })
  expect(await serving.core.devices.view({ app: 'default', deviceId: 'device-failing' })).toMatchObject({
    failed: false,
  })
})
