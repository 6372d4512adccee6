// A notification was clicked: a page comes to the front, or is opened, and hears of it.
import type { PushClick } from '../shared/push-message.ts'
import { carriedBy } from './notification.ts'
import { openPages } from './pages.ts'
import { sendReceipt } from './receipt.ts'
import { worker } from './scope.ts'

export async function click(notification: Notification, action: string): Promise<void> {
  const carried = carriedBy(notification)
  // Shown by other code of this worker, which will take care of it.
  if (!carried) return
  notification.close()
  const { data, receipt, urls } = carried
  // The id of a button is anything, such as the name of what every object has.
  const url = Object.hasOwn(urls, action) ? urls[action] : carried.url
  // At once and together: browsers let a worker open a window only shortly after the click.
  const [page] = await Promise.all([bringForward(url), sendReceipt(receipt, 'opened')])
  const told: PushClick = { action, data, ...(url !== undefined && { url }) }
  page?.postMessage({ sendword: 'click', click: told })
}

/** The page at `url`; without one, any page there is. */
async function bringForward(url: string | undefined): Promise<WindowClient | null> {
  const pages = await openPages()
  const target = new URL(url ?? '', worker.registration.scope).href
  const page = pages.find((candidate) => candidate.url === target) ?? (url === undefined ? pages[0] : undefined)
  return page ? await page.focus().catch(() => page) : await worker.clients.openWindow(target)
}
