// apns2's sendMany, 500 notifications a call. Its port is 443, always: its own pool is made anew for the emulator's.
import { ApnsClient, SilentNotification } from 'apns2'
import { apnsToken, readApnsTarget } from '../apns-target.ts'
import { measure, report } from '../measure.ts'

const [controlUrl = '', count = '100000'] = process.argv.slice(2)
const CALL = 500
const { url, ca, key, keyId, teamId, bundleId } = await readApnsTarget(controlUrl)
const client = new ApnsClient({ team: teamId, keyId, signingKey: key, defaultTopic: bundleId })
type Pool = ApnsClient['client']
const PoolClass = client.client.constructor as new (origin: string, options: object) => Pool
Object.assign(client, { client: new PoolClass(url, { allowH2: true, connections: 4, connect: { ca } }) })

async function sendAll(total: number): Promise<number> {
  for (let from = 0; from < total; from += CALL) {
    const notifications = Array.from(
      { length: Math.min(CALL, total - from) },
      (_, n) => new SilentNotification(apnsToken(from + n), { data: { greeting: 'hello' } }),
    )
    const results = await client.sendMany(notifications)
    const failed = results.filter((result) => 'error' in result)
    if (failed.length > 0) throw new Error(`${failed.length} sends failed`)
  }
  return total
}

// Alone: until a token was accepted a connection has one stream, which the library does not wait for.
await sendAll(1)
await sendAll(2_000)
report(await measure(() => sendAll(Number(count))))
process.exit(0)
