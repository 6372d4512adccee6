// A real Chromium. Its push service cannot be replaced, so the subscription is a virtual device of the emulator, and what
// that device decrypted is handed to the service worker through DevTools.
import type { Browser, CDPSession, Page, WebWorker } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { chromium, launchChromium } from './browsers.ts'
import { type Demo, startDemo } from './demo.ts'
import { eventually, openPage, shownMessages, storedDevice, subscribeByClick } from './page.ts'

vi.setConfig({ testTimeout: 60_000 })

interface Arrived {
  readonly sequence: number
  readonly plaintext: string
}

describe.skipIf(chromium === undefined)('Chromium', () => {
  let demo: Demo
  let browser: Browser
  let page: Page
  let devTools: CDPSession
  let virtual: { readonly id: string; readonly address: string }
  let deviceId: string
  let registrationId = ''
  let seen = 0

  beforeAll(async () => {
    demo = await startDemo()
    browser = await launchChromium(chromium ?? '')
    await browser.defaultBrowserContext().overridePermissions(demo.pageUrl, ['notifications'])
    virtual = (await demo.emulator('devices', { service: 'webpush' })) as typeof virtual
    page = await browser.newPage()
    await page.evaluateOnNewDocument(subscribeAs, virtual.address)
    devTools = await page.createCDPSession()
    devTools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      for (const registration of registrations)
        if (!registration.isDeleted) registrationId = registration.registrationId
    })
    await devTools.send('ServiceWorker.enable')
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await demo?.[Symbol.asyncDispose]()
  })

  /** The next message of the emulated push service goes to the worker. */
  async function deliverNext(): Promise<void> {
    const { messages } = await demo.emulator(`devices/${virtual.id}/inbox?after=${seen}&wait=20000`)
    const [arrived] = messages as Arrived[]
    seen = arrived?.sequence ?? seen
    await eventually(async () => expect(registrationId).not.toBe(''))
    const { origin } = new URL(demo.pageUrl)
    await devTools.send('ServiceWorker.deliverPushMessage', { origin, registrationId, data: arrived?.plaintext ?? '' })
  }

  async function serviceWorker(): Promise<WebWorker> {
    const target = await browser.waitForTarget((candidate) => candidate.type() === 'service_worker')
    const worker = await target.worker()
    if (!worker) throw new Error('The service worker has stopped.')
    return worker
  }

  const notifications = async () => await (await serviceWorker()).evaluate(shownByWorker)

  test('subscribes on a click; the worker confirms what is pushed, and shows nothing to a page in sight', async () => {
    await openPage(page, demo.pageUrl)
    const subscribing = subscribeByClick(page)
    await deliverNext()
    deviceId = await subscribing
    expect(await demo.api(`devices/${deviceId}`)).toMatchObject({ transport: 'webpush', state: 'active' })
    expect(await storedDevice(page)).toMatchObject({ isLive: true, deviceKey: expect.stringMatching(/^dk_/) })
    expect(await notifications()).toEqual([])
  })

  test('shows a message with all that it says, and sends the receipt', async () => {
    const { id } = await demo.api(`devices/${deviceId}/messages`, {
      data: { order: '42' },
      receipts: true,
      notification: {
        title: 'Parcel',
        body: 'It is here',
        url: 'https://shop.example/orders/42',
        actions: [{ id: 'later', title: 'Later' }],
      },
      overrides: { webpush: { notification: { tag: 'parcels', icon: 'https://shop.example/parcel.png' } } },
    })
    await deliverNext()
    await eventually(async () => expect(await notifications()).toHaveLength(1))
    expect(await notifications()).toMatchObject([
      {
        title: 'Parcel',
        body: 'It is here',
        tag: 'parcels',
        icon: 'https://shop.example/parcel.png',
        data: { sendword: { data: { order: '42' }, url: 'https://shop.example/orders/42' } },
      },
    ])
    expect(await shownMessages(page)).toEqual(['Parcel | It is here | {"order":"42"}'])
    await eventually(async () => expect(await demo.api(`messages/${id}`)).toMatchObject({ receipts: { delivered: 1 } }))
  })

  test('a click brings the page to the front, tells it which button it was, and sends the receipt', async () => {
    const message = {
      receipts: true,
      notification: { title: 'Which?', actions: [{ id: 'constructor', title: 'This' }] },
    }
    const { id } = await demo.api(`devices/${deviceId}/messages`, message)
    await deliverNext()
    await eventually(async () => expect((await shownMessages(page))[0]).toBe('Which?'))
    await eventually(async () => expect(await notifications()).toHaveLength(2))
    await (await serviceWorker()).evaluate(clickOn, 'Which?', 'constructor')
    await eventually(async () => expect((await shownMessages(page))[0]).toBe('Clicked: constructor'))
    await eventually(async () => expect(await demo.api(`messages/${id}`)).toMatchObject({ receipts: { opened: 1 } }))
    expect((await notifications()).map(({ title }) => title)).toEqual(['Parcel'])
  })

  test('shows something also for a push that is none of Sendword’s', async () => {
    const { origin } = new URL(demo.pageUrl)
    await devTools.send('ServiceWorker.deliverPushMessage', { origin, registrationId, data: 'not JSON' })
    await eventually(async () => expect((await notifications()).map(({ title }) => title)).toContain('There is news'))
  })

  test('without a page in sight, a message that is only data becomes a notification', async () => {
    await page.goto('about:blank')
    await demo.api(`devices/${deviceId}/messages`, { data: { refresh: 'orders' } })
    await deliverNext()
    const news = async () => (await notifications()).find(({ title }) => title === 'There is news')
    await eventually(async () =>
      expect(await news()).toMatchObject({ data: { sendword: { data: { refresh: 'orders' } } } }),
    )
  })

  test('without a page in sight, the end of a handshake is shown', async () => {
    await openPage(page, demo.pageUrl)
    await page.evaluate(forgetKey)
    // The page that comes back without the device's key proves its address anew, and is gone before the push comes.
    await page.reload({ waitUntil: 'load' })
    await eventually(async () => expect(await storedDevice(page)).toMatchObject({ isLive: false, deviceId }))
    await eventually(async () => expect((await storedDevice(page))?.registeredAt).toBeGreaterThan(0))
    await page.goto('about:blank')
    await deliverNext()
    const titles = async () => (await notifications()).map(({ title }) => title)
    await eventually(async () => expect(await titles()).toContain('Notifications are on'))
    await openPage(page, demo.pageUrl)
    expect(await storedDevice(page)).toMatchObject({ isLive: true, deviceKey: expect.stringMatching(/^dk_/) })
  })

  test('says what went wrong, and what to do', async () => {
    await openPage(page, demo.pageUrl)
    await page.evaluate(forgetKey)
    const { server } = await page.evaluate(async () => await (await fetch('/config.json')).json())
    const failure = (options: object) =>
      // A text, as the page's modules are none of this program's.
      page.evaluate(
        `import('/browser.js')
          .then(({ subscribe }) => subscribe(${JSON.stringify(options)}))
          .then(() => 'none', ({ name, code, message }) => [name, code, message].join(' '))`,
      )
    expect(await failure({ server, timeoutMs: 50 })).toMatch(/^SendwordError timeout .*handlePushes\(\)/)
    expect(await failure({ server, serviceWorker: '/missing.js' })).toMatch(/^SendwordError worker /)
    expect(await failure({ server: 'http://127.0.0.1:1' })).toMatch(/^SendwordError unreachable .*corsOrigins/)
    await browser.defaultBrowserContext().overridePermissions(demo.pageUrl, [])
    expect(await failure({ server })).toMatch(/^SendwordError permission .*settings/)
  })
})

/** In the page, before its scripts: a push manager that knows one subscription. */
function subscribeAs(address: string): void {
  const { endpoint, ...keys } = JSON.parse(address)
  const remembered = () => sessionStorage.getItem('subscribed')
  const subscription = (key: string) => ({
    endpoint,
    options: { userVisibleOnly: true, applicationServerKey: bytesOf(key) },
    toJSON: () => ({ endpoint, keys }),
    unsubscribe: async () => {
      sessionStorage.removeItem('subscribed')
      return true
    },
  })
  function bytesOf(key: string): ArrayBuffer {
    const text = atob(key.replaceAll('-', '+').replaceAll('_', '/'))
    return Uint8Array.from(text, (character) => character.charCodeAt(0)).buffer
  }
  const manager = PushManager.prototype as unknown as Record<string, unknown>
  manager.getSubscription = async () => {
    const key = remembered()
    return key === null ? null : subscription(key)
  }
  manager.subscribe = async ({ applicationServerKey }: { applicationServerKey: string }) => {
    sessionStorage.setItem('subscribed', applicationServerKey)
    return subscription(applicationServerKey)
  }
}

/** In the worker. */
async function shownByWorker(): Promise<Record<string, unknown>[]> {
  const { registration } = globalThis as unknown as { registration: ServiceWorkerRegistration }
  const all = await registration.getNotifications()
  return all.map(({ title, body, icon, tag, data }) => ({ title, body, icon, tag, data }))
}

/** In the worker: no person is there to click. */
async function clickOn(title: string, action: string): Promise<void> {
  const worker = globalThis as unknown as EventTarget & { registration: ServiceWorkerRegistration }
  const notification = (await worker.registration.getNotifications()).find((shown) => shown.title === title)
  const { NotificationEvent: Click } = globalThis as unknown as {
    NotificationEvent: new (type: string, init: object) => Event
  }
  const event = new Click('notificationclick', { notification, action })
  const work: Promise<unknown>[] = []
  // Only the browser's own events may prolong the worker's life.
  Object.defineProperty(event, 'waitUntil', { value: (promise: Promise<unknown>) => work.push(promise) })
  worker.dispatchEvent(event)
  await Promise.all(work)
}

/** In the page: as if the server's last answer had been lost. */
async function forgetKey(): Promise<void> {
  const opening = indexedDB.open('sendword')
  await new Promise((resolve) => {
    opening.onsuccess = resolve
  })
  const store = opening.result.transaction('devices', 'readwrite').objectStore('devices')
  const reading = store.openCursor()
  await new Promise((resolve) => {
    reading.onsuccess = resolve
  })
  const { deviceKey: _, registeredAt: __, ...state } = reading.result?.value ?? {}
  const writing = reading.result?.update({ ...state, isLive: false })
  await new Promise((resolve) => {
    if (writing) writing.onsuccess = resolve
  })
  opening.result.close()
}
