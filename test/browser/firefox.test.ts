// A real Firefox, whose push service is the emulator: everything on the way is what a visitor's browser does.
import { readFileSync } from 'node:fs'
import type { Browser, Page } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { firefox, launchFirefox } from './browsers.ts'
import { type Demo, startDemo } from './demo.ts'
import { eventually, openPage, shownMessages, shownNotifications, storedDevice, subscribeByClick } from './page.ts'

vi.setConfig({ testTimeout: 60_000 })

describe.skipIf(firefox === undefined)('Firefox', () => {
  let demo: Demo
  let browser: Browser
  let page: Page
  let deviceId: string

  beforeAll(async () => {
    demo = await startDemo()
    browser = await launchFirefox(firefox ?? '', demo.autopushUrl)
    page = await browser.newPage()
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await demo?.[Symbol.asyncDispose]()
  })

  test('subscribes on a click, and the handshake completes by itself', async () => {
    await openPage(page, demo.pageUrl)
    deviceId = await subscribeByClick(page)
    const device = await demo.api(`devices/${deviceId}`)
    expect(device).toMatchObject({ transport: 'webpush', state: 'active', locale: expect.stringMatching(/^en/) })
    expect(await storedDevice(page)).toMatchObject({ deviceId, isLive: true, deviceKey: expect.stringMatching(/^dk_/) })
    // The page was in sight, and showed it.
    expect(await shownNotifications(page)).toEqual([])
  })

  test('decrypts a message, shows it, tells the page, and sends the receipt', async () => {
    const notification = { title: 'Parcel', body: 'It is here', url: 'https://shop.example/orders/42' }
    const { id } = await demo.api(`devices/${deviceId}/messages`, {
      data: { order: '42' },
      notification,
      receipts: true,
    })
    await eventually(async () => expect(await shownNotifications(page)).toHaveLength(1))
    expect(await shownNotifications(page)).toEqual([expect.objectContaining({ title: 'Parcel', body: 'It is here' })])
    expect(await shownMessages(page)).toEqual(['Parcel | It is here | {"order":"42"}'])
    await eventually(async () => expect(await demo.api(`messages/${id}`)).toMatchObject({ receipts: { delivered: 1 } }))
    expect(await demo.api(`messages/${id}`)).toMatchObject({ outcome: 'accepted' })
  })

  test('gives a message without notification to the page in sight, and shows nothing', async () => {
    await demo.api(`devices/${deviceId}/messages`, { data: { refresh: 'orders' } })
    await eventually(async () => expect((await shownMessages(page))[0]).toBe('Data only | {"refresh":"orders"}'))
    expect(await shownNotifications(page)).toHaveLength(1)
  })

  test('a visitor that comes back is subscribed still, and the server is not asked again', async () => {
    const { registeredAt } = (await storedDevice(page)) ?? {}
    await page.reload()
    await page.waitForSelector('#device:not([hidden])')
    expect(await storedDevice(page)).toMatchObject({ deviceId, registeredAt })
  })

  test('a subscription that the browser gave up is replaced on the next visit, with the device’s key', async () => {
    const before = await storedDevice(page)
    await page.evaluate(async () => {
      const registration = await navigator.serviceWorker.getRegistration()
      await (await registration?.pushManager.getSubscription())?.unsubscribe()
    })
    await page.reload()
    await page.waitForSelector('#device:not([hidden])')
    const after = await storedDevice(page)
    expect(after).toMatchObject({ deviceId, isLive: true })
    expect(after?.endpoint).not.toBe(before?.endpoint)
    expect(after?.deviceKey).not.toBe(before?.deviceKey)
    const { id } = await demo.api(`devices/${deviceId}/messages`, { notification: { title: 'To the new address' } })
    await eventually(async () => expect((await shownMessages(page))[0]).toBe('To the new address'))
    expect(await demo.api(`messages/${id}`)).toMatchObject({ deviceId })
  })

  test('a subscription that the push service took away is replaced by the worker, without a page', async () => {
    const before = await storedDevice(page)
    await page.goto('about:blank')
    // It knows this browser no more, and Firefox is told so when it connects again.
    await demo.emulator('reset', {})
    const { id } = await eventually(async () => {
      const sent = await demo.api(`devices/${deviceId}/messages`, { notification: { title: 'Still there?' } })
      await vi.waitFor(async () => expect(await demo.api(`messages/${sent.id}`)).toMatchObject({ state: 'settled' }))
      expect(await demo.api(`messages/${sent.id}`)).toMatchObject({ outcome: 'accepted' })
      return sent
    }, 30_000)
    expect(id).toEqual(expect.any(String))
    await openPage(page, demo.pageUrl)
    const after = await storedDevice(page)
    expect(after).toMatchObject({ deviceId, isLive: true })
    expect(after?.endpoint).not.toBe(before?.endpoint)
  })

  test('unsubscribes: the server forgets the device, the browser its subscription', async () => {
    await page.click('#unsubscribe')
    await page.waitForSelector('#device[hidden]')
    await expect(demo.api(`devices/${deviceId}`)).rejects.toThrow(/PUSH_DEVICE_UNKNOWN/)
    expect(await storedDevice(page)).toBeUndefined()
    expect(
      await page.evaluate(async () => {
        const registration = await navigator.serviceWorker.getRegistration()
        return await registration?.pushManager.getSubscription()
      }),
    ).toBeNull()
  })
})

test('CI brings the browsers that these tests need', () => {
  expect(readFileSync(new URL('../../.ci/run', import.meta.url), 'utf8')).toMatch(/firefox-esr chromium/)
})
