// The emulator's page of phones in a real Chromium: what arrives is seen at once, and whatever a sender writes stays text.
import type { Browser, Page } from 'puppeteer-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createEmulator, type Emulator } from '../../src/emulator/create-emulator.ts'
import { login, send } from '../unit/emulator/client.ts'
import { accessToken, post } from '../unit/emulator/fcm-client.ts'
import { push } from '../unit/emulator/webpush-client.ts'
import { chromium, launchChromium } from './browsers.ts'
import { eventually } from './page.ts'

vi.setConfig({ testTimeout: 60_000 })

const HOSTILE = '<script>document.title = "owned"</script><img src="x" onerror="document.title = \'owned\'">\u202e'

describe.skipIf(chromium === undefined)('The page of phones', () => {
  let emulator: Emulator
  let browser: Browser
  let page: Page
  const objections: string[] = []

  beforeAll(async () => {
    emulator = await createEmulator()
    browser = await launchChromium(chromium ?? '')
    page = await browser.newPage()
    page.on('pageerror', (error) => objections.push(String(error)))
    page.on('console', (message) => objections.push(message.text()))
    page.on('dialog', (dialog) => dialog.accept())
    await page.goto(emulator.url)
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await emulator?.close()
  })
  beforeEach(async () => {
    emulator.reset()
    await eventually(async () => expect(await phones()).toHaveLength(0))
  })

  const texts = (selector: string) => page.$$eval(selector, (found) => found.map(({ textContent }) => textContent))
  const phones = () => texts('.phone h3')
  const clickIn = (label: string) => page.locator(`.phone ::-p-text(${label})`).click()

  test('has a button that adds a phone of each service', async () => {
    await page.locator('#add-each').click()
    await eventually(async () =>
      expect(await phones()).toEqual(
        ['FCM', 'APNs', 'Web Push', 'C2DM'].map((name) => expect.stringMatching(new RegExp(`^d\\d+ ${name}$`))),
      ),
    )
    expect(emulator.devices.list().map(({ service }) => service)).toEqual(['fcm', 'apns', 'webpush', 'c2dm'])
  })

  test('shows a notification, data and a handshake as they arrive, and the requests', async () => {
    const phone = emulator.devices.create({ service: 'fcm' })
    const token = await accessToken(emulator)
    const to = (message: object) => post(emulator, token, { message: { token: phone.address, ...message } })
    await to({ notification: { title: 'Parcel', body: 'It is here', image: 'https://cdn.example/a.png' } })
    await to({ data: { order: '42' } })
    await to({ data: { confirmationToken: 'the-secret' } })
    await eventually(async () => expect(await texts('.card')).toHaveLength(3))
    const [handshake, data, notification] = await texts('.card')
    expect(handshake).toMatch(/^Handshake.*Secret to send back the-secret$/)
    expect(data).toMatch(/^Data.*order42$/)
    expect(notification).toMatch(/^Parcel.*It is here.*cdn\.example$/)
    expect(await page.$$eval('.card', (cards) => cards.map((card) => card.className))).toEqual(
      ['handshake', 'data', 'notification'].map((kind) => `card ${kind}`),
    )
    expect(await texts('.requests .outcome')).toEqual(Array(4).fill('accepted'))
    expect(await texts('.facts')).toEqual(['3 received'])
  })

  test('shows what a hostile sender writes as the text that it is, wherever it stands', async () => {
    const [fcm, web, c2dm] = (['fcm', 'webpush', 'c2dm'] as const).map((service) =>
      emulator.devices.create({ service }),
    )
    if (!fcm || !web || !c2dm) throw new Error('There are no devices.')
    const notification = { title: HOSTILE, body: HOSTILE, image: HOSTILE }
    const message = { token: fcm.address, notification, data: { a: HOSTILE, [HOSTILE]: 'b' } }
    await post(emulator, await accessToken(emulator), { message })
    const actions = [{ action: 'a', title: HOSTILE }]
    await push(emulator, web, { text: JSON.stringify({ title: HOSTILE, url: 'javascript:alert(1)', actions }) })
    await push(emulator, web, { text: HOSTILE })
    await send(emulator, { token: await login(emulator), to: c2dm.address, data: { confirmationToken: HOSTILE } })
    emulator.faults.add({ service: 'c2dm', effect: { kind: 'status', status: 503, body: HOSTILE } })
    emulator.devices.create({ registrationId: HOSTILE })
    emulator.devices.create({ registrationId: '{"endpoint":' })
    await send(emulator, { token: await login(emulator), to: HOSTILE })
    await eventually(async () => expect(await texts('.card')).toHaveLength(4))
    await page.$$eval('details', (all) => {
      for (const details of all) details.open = true
    })
    await eventually(async () => expect((await texts('pre')).join()).toContain('script'))
    expect((await texts('.card')).join()).toContain(HOSTILE)
    expect(await page.$$eval('.card script, .card img, .card a, .requests img', (found) => found.length)).toBe(0)
    expect(await page.title()).toBe('Phones · Sendword emulator')
    expect(objections).toEqual([])
  })

  test('goes offline and online, uninstalls, gets another address and is removed by its buttons', async () => {
    const phone = emulator.devices.create({ service: 'apns' })
    const { id, address } = phone
    const state = (expected: string) => eventually(async () => expect(phone.state).toBe(expected))
    await clickIn('Go offline')
    await state('offline')
    await clickIn('Go online')
    await state('active')
    await clickIn('Uninstall')
    await state('unregistered')
    await clickIn('Reinstall')
    await state('active')
    await clickIn('New address')
    await eventually(async () => expect(phone.address).not.toBe(address))
    expect(emulator.devices.get(id)).toBe(phone)
    await clickIn('Remove')
    await eventually(async () => expect(await phones()).toEqual([]))
    expect(emulator.devices.list()).toEqual([])
  })

  test('plants a fault for one phone from its menu by the keyboard alone, and removes it', async () => {
    const phone = emulator.devices.create({ service: 'fcm' })
    await page.locator('.phone select').wait()
    await page.focus('.phone select')
    await page.keyboard.type('Accepted, never')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await eventually(async () =>
      expect(emulator.faults.list()).toMatchObject([
        { service: 'fcm', address: phone.address, times: 1, effect: { kind: 'no-answer', delivers: true } },
      ]),
    )
    await page.locator('.phone .chip button').click()
    await eventually(async () => expect(emulator.faults.list()).toEqual([]))
  })

  test('moves the clock, and forgets everything at a reset', async () => {
    emulator.devices.create()
    await page.locator('[data-advance="3600000"]').click()
    await eventually(async () => expect(emulator.clock.ahead).toBe(3_600_000))
    await eventually(async () => expect(await page.$('#clock.moved')).not.toBeNull())
    await page.locator('#reset').click()
    await eventually(async () => expect(await phones()).toEqual([]))
    expect(emulator.clock.ahead).toBe(0)
  })

  test('stays quick with hundreds of phones and thousands of messages, of which each shows the newest four', async () => {
    const many = Array.from({ length: 600 }, () => emulator.devices.create())
    const message = { collapseKey: '', delayWhileIdle: false }
    for (let n = 0; n < 20; n++) {
      for (const device of many as Array<(typeof many)[number] & { take?(taken: object): void }>) {
        device.take?.({ ...message, providerId: `0:${n}`, data: { n: String(n) } })
      }
    }
    await eventually(async () => expect(await texts('.phone:last-child .card dd')).toEqual(['19', '18', '17', '16']))
    expect(await phones()).toHaveLength(500)
    await page.type('#filter', many.at(-1)?.id ?? '')
    await eventually(async () => expect(await page.$$eval('.phone:not([hidden])', (found) => found.length)).toBe(1))
    await page.$eval('#filter', (field) => {
      ;(field as HTMLInputElement).value = ''
      field.dispatchEvent(new Event('input'))
    })
    expect(objections).toEqual([])
  })
})
