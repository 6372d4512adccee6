// The emulator's Web Push that every contestant sends to, and browsers in any number. They share some key pairs: for
// whoever encrypts, each is as good as a new one.
import { generateKeyPairSync, randomBytes } from 'node:crypto'

export interface WebPushTarget {
  /** Where the endpoints lie. */
  readonly url: string
  readonly ca: string
}

export interface Browser {
  readonly endpoint: string
  readonly keys: { readonly p256dh: string; readonly auth: string }
}

export async function readWebPushTarget(controlUrl: string): Promise<WebPushTarget> {
  const answer = await fetch(controlUrl)
  const { services, ca } = (await answer.json()) as { services: { webpush: { url: string } }; ca: string }
  return { url: services.webpush.url, ca }
}

const KEY_PAIRS = 200
const keyPairs = Array.from({ length: KEY_PAIRS }, () => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])
  return { p256dh: point.toString('base64url'), auth: randomBytes(16).toString('base64url') }
})

export function browser(url: string, n: number): Browser {
  const keys = keyPairs[n % KEY_PAIRS]
  if (keys === undefined) throw new Error(`no keys for browser ${n}`)
  // As long as the endpoints of real push services.
  return { endpoint: `${url}/wpush/v2/bench${String(n).padStart(12, '0')}${'x'.repeat(140)}`, keys }
}
