// The floor: node:http2 and nothing else. One session, so many requests in flight, each answer read and its status
// looked at; nothing is stored.
import { connect } from 'node:http2'
import { measure, report } from '../measure.ts'
import { accessToken, deviceToken, readTarget } from '../target.ts'

const [controlUrl = '', count = '100000', inFlight = '500'] = process.argv.slice(2)
const target = await readTarget(controlUrl)
const token = await accessToken(target)
const session = connect(target.url, { ca: target.ca, maxSessionMemory: 100 })
const path = `/v1/projects/${target.projectId}/messages:send`

function send(n: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify({ message: { token: deviceToken(n), data: { greeting: 'hello' } } })
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
    })
    let status = 0
    stream.on('response', (headers) => {
      status = Number(headers[':status'])
    })
    stream.on('data', () => {})
    stream.on('end', () => (status === 200 ? resolve() : reject(new Error(`status ${status}`))))
    stream.on('error', reject)
    stream.end(body)
  })
}

async function sendAll(total: number): Promise<number> {
  let next = 0
  await Promise.all(
    Array.from({ length: Number(inFlight) }, async () => {
      while (next < total) await send(next++)
    }),
  )
  return total
}

await sendAll(2_000)
report(await measure(() => sendAll(Number(count))))
session.close()
