// @parse/node-apn: one notification to 500 devices a call.
import apn from '@parse/node-apn'
import { apnsToken, readApnsTarget } from '../apns-target.ts'
import { measure, report } from '../measure.ts'

const [controlUrl = '', count = '100000'] = process.argv.slice(2)
const CALL = 500
const { url, ca, key, keyId, teamId, bundleId } = await readApnsTarget(controlUrl)
const { hostname: address, port } = new URL(url)
const provider = new apn.Provider({
  token: { key, keyId, teamId },
  production: true,
  address,
  port: Number(port),
  ca: [ca],
})

async function sendAll(total: number): Promise<number> {
  for (let from = 0; from < total; from += CALL) {
    const devices = Array.from({ length: Math.min(CALL, total - from) }, (_, n) => apnsToken(from + n))
    const notification = new apn.Notification({ contentAvailable: true, payload: { greeting: 'hello' } })
    Object.assign(notification, { topic: bundleId, pushType: 'background', priority: 5 })
    const { failed } = await provider.send(notification, devices)
    if (failed.length > 0) throw new Error(`${failed.length} sends failed: ${JSON.stringify(failed[0])}`)
  }
  return total
}

// Alone: until a token was accepted a connection has one stream, which the library does not wait for.
await sendAll(1)
await sendAll(2_000)
report(await measure(() => sendAll(Number(count))))
process.exit(0)
