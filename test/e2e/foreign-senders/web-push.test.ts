// The npm package web-push against the emulator: only its `agent` is changed.
import { Agent } from 'node:https'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import webPush, { WebPushError } from 'web-push'
import { createEmulator, type Emulator, type VirtualDevice } from '../../../src/emulator/create-emulator.ts'

let emulator: Emulator
let browser: VirtualDevice
let agent: Agent
const keys = webPush.generateVAPIDKeys()

beforeEach(async () => {
  emulator = await createEmulator()
  browser = emulator.devices.create({ service: 'webpush', applicationServerKey: keys.publicKey })
  agent = new Agent({ ca: emulator.ca, keepAlive: true })
})
afterEach(async () => {
  agent.destroy()
  await emulator.close()
})

function send(payload: string | undefined, options: webPush.RequestOptions = {}) {
  const subscription = browser.subscription ?? expect.fail('there is no subscription')
  const vapidDetails = { subject: 'mailto:ops@example.com', ...keys }
  return webPush.sendNotification(subscription, payload, { vapidDetails, agent, ...options })
}

describe('web-push', () => {
  it('sends a message that the device reads', async () => {
    const { statusCode, headers } = await send('{"title":"Hällo"}', { TTL: 60, urgency: 'high', topic: 'news' })
    expect([statusCode, headers]).toMatchObject([201, { ttl: '60', location: expect.stringContaining('/m/') }])
    expect(await browser.nextMessage()).toMatchObject({
      plaintext: '{"title":"Hällo"}',
      data: { title: 'Hällo' },
      collapseKey: 'news',
      urgency: 'high',
    })
  })

  it('sends a message without a body', async () => {
    expect((await send(undefined)).statusCode).toBe(201)
    expect(browser.inbox).toHaveLength(1)
  })

  it('makes no mistake that the emulator would object to', async () => {
    for (let n = 0; n < 20; n++) await send(`${n}`)
    expect(emulator.requests.counts().webpush).toEqual({ accepted: 20 })
  })

  it('learns that a subscription is over', async () => {
    browser.state = 'unregistered'
    const error = await send('hi').catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(WebPushError)
    expect(error).toMatchObject({ statusCode: 410, body: expect.stringContaining('"errno":106') })
  })

  it('learns that it is another key than the subscription was made with', async () => {
    const vapidDetails = { subject: 'mailto:ops@example.com', ...webPush.generateVAPIDKeys() }
    await expect(send('hi', { vapidDetails })).rejects.toMatchObject({
      statusCode: 401,
      body: expect.stringContaining('VAPID public key mismatch'),
    })
  })

  it('meets faults', async () => {
    emulator.faults.add({
      service: 'webpush',
      times: 1,
      effect: { kind: 'error', code: 'TooManyRequests', retryAfter: 7 },
    })
    emulator.faults.add({ service: 'webpush', times: 1, effect: { kind: 'reset', delivers: true } })
    await expect(send('1')).rejects.toMatchObject({ statusCode: 429, headers: { 'retry-after': '7' } })
    await expect(send('2')).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(browser.inbox).toMatchObject([{ plaintext: '2' }])
  })
})
