// firebase-admin's sendEach, 500 messages a call. Its requests carry `:scheme: https:`, with a colon, which Google
// tolerates and node:http2 refuses: that, and the host it cannot be told, are mended here and nowhere else.
import { createRequire } from 'node:module'
import { measure, report } from '../measure.ts'
import { accessToken, deviceToken, readTarget } from '../target.ts'

const [controlUrl = '', count = '100000'] = process.argv.slice(2)
const CALL = 500
const target = await readTarget(controlUrl)
const token = await accessToken(target)
mendHttp2()
const { initializeApp } = await import('firebase-admin/app')
const { getMessaging } = await import('firebase-admin/messaging')
const messaging = getMessaging(
  initializeApp({
    projectId: target.projectId,
    credential: { getAccessToken: async () => ({ access_token: token, expires_in: 3600 }) },
  }),
)

function mendHttp2(): void {
  const http2 = createRequire(import.meta.url)('node:http2') as typeof import('node:http2')
  const connect = http2.connect
  const authority = new URL(target.url).host
  http2.connect = ((_url: string, options: object) => {
    const session = connect(target.url, { ...options, ca: target.ca })
    const request = session.request.bind(session)
    session.request = (headers, requestOptions) =>
      request({ ...headers, ':scheme': 'https', ':authority': authority }, requestOptions)
    return session
  }) as typeof connect
}

async function sendAll(total: number): Promise<number> {
  for (let from = 0; from < total; from += CALL) {
    const messages = Array.from({ length: Math.min(CALL, total - from) }, (_, n) => ({
      token: deviceToken(from + n),
      data: { greeting: 'hello' },
    }))
    const { failureCount, responses } = await messaging.sendEach(messages)
    if (failureCount > 0) throw responses.find(({ success }) => !success)?.error ?? new Error('a send failed')
  }
  return total
}

await sendAll(2_000)
report(await measure(() => sendAll(Number(count))))
process.exit(0)
