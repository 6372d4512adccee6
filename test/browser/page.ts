// What a visitor of the demo's page does and sees.
import type { Page } from 'puppeteer-core'
import { vi } from 'vitest'

export async function openPage(page: Page, url: string): Promise<void> {
  await page.goto(url)
  await page.waitForSelector('#subscribe:not([disabled])')
}

/** Answers with the device id. Throws with what the page says when it does not get that far. */
export async function subscribeByClick(page: Page): Promise<string> {
  await page.click('#subscribe')
  await page.waitForSelector('#device:not([hidden]), #problem:not([hidden])')
  const { deviceId, problem } = await page.evaluate(() => ({
    deviceId: document.querySelector('#device-id')?.textContent ?? '',
    problem: document.querySelector('#problem')?.textContent ?? '',
  }))
  if (problem !== '') throw new Error(problem)
  return deviceId
}

/** The messages that the page shows, the newest first. */
export function shownMessages(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    Array.from(document.querySelectorAll('#messages li'), (item) =>
      Array.from(item.querySelectorAll('b, span, code'), (line) => line.textContent).join(' | '),
    ),
  )
}

export interface ShownNotification {
  readonly title: string
  readonly body: string
  readonly tag: string
}

/** Those that the browser shows, as its service worker knows them. */
export function shownNotifications(page: Page): Promise<ShownNotification[]> {
  return page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration()
    const notifications = (await registration?.getNotifications()) ?? []
    return notifications.map(({ title, body, tag }) => ({ title, body, tag }))
  })
}

/** Of the device that the page's service worker keeps. */
export function storedDevice(page: Page): Promise<Record<string, unknown> | undefined> {
  return page.evaluate(async () => {
    const opening = indexedDB.open('sendword')
    await new Promise((resolve) => {
      opening.onsuccess = resolve
    })
    const reading = opening.result.transaction('devices').objectStore('devices').getAll()
    await new Promise((resolve) => {
      reading.onsuccess = resolve
    })
    opening.result.close()
    return reading.result[0]
  })
}

/** A condition that a browser brings about in its own time. */
export async function eventually<T>(look: () => Promise<T>, timeout = 15_000): Promise<T> {
  return await vi.waitFor(look, { timeout, interval: 100 })
}
