// The push service of fcm-target.ts as a process of its own, with an HTTP port to ask it: `GET /` describes it, as the
// emulator describes itself; `GET /counts`, `POST /reset`, and `GET /arrivals` of messages whose data have an `n`.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startFcmTarget } from './fcm-target.ts'

const NUMBER = /"n":"(\d+)"/
let arrivals: Array<readonly [n: number, at: number]> = []

const { target, counts, reset } = await startFcmTarget(({ body, at }) => {
  const n = NUMBER.exec(body)?.[1]
  if (n !== undefined) arrivals.push([Number(n), at])
})

const answers: Readonly<Record<string, () => unknown>> = {
  'GET /': ({ url, tokenUrl, projectId, serviceAccount, ca } = target) => ({
    services: { fcm: { url, tokenUrl } },
    credentials: { fcm: { projectId, serviceAccount } },
    ca,
  }),
  'GET /counts': counts,
  'GET /arrivals': () => arrivals,
  'POST /reset': () => {
    reset()
    arrivals = []
    return {}
  },
}

const control = createServer((request, response) => {
  const answer = answers[`${request.method} ${request.url}`]
  if (!answer) response.statusCode = 404
  response.end(JSON.stringify(answer?.() ?? {}))
})
control.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${(control.address() as AddressInfo).port}` }))
})
// Whoever started it has gone.
process.on('disconnect', () => process.exit())
