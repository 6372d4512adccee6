// The npm package web-push over connections that are kept alive, so many requests in flight. Nothing is stored.
import { Agent } from 'node:https'
import webPush from 'web-push'
import { measure, report } from '../measure.ts'
import { browser, readWebPushTarget } from '../webpush-target.ts'

const [controlUrl = '', count = '20000', inFlight = '100'] = process.argv.slice(2)
const { url, ca } = await readWebPushTarget(controlUrl)
const agent = new Agent({ keepAlive: true, ca, maxSockets: Number(inFlight) })
const vapidDetails = { subject: 'mailto:bench@example.com', ...webPush.generateVAPIDKeys() }
const payload = JSON.stringify({ data: { greeting: 'hello' } })

async function sendAll(total: number): Promise<number> {
  let next = 0
  await Promise.all(
    Array.from({ length: Number(inFlight) }, async () => {
      while (next < total) await webPush.sendNotification(browser(url, next++), payload, { vapidDetails, agent })
    }),
  )
  return total
}

await sendAll(1_000)
report(await measure(() => sendAll(Number(count))))
agent.destroy()
