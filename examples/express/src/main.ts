// Starts the application, and stops it in order: first nothing new comes in, then Sendword ends what it is at.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { app } from './app.ts'
import { sendword } from './sendword.ts'

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')
await once(server, 'listening')
console.log(`The shop listens on http://127.0.0.1:${(server.address() as AddressInfo).port}`)

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop)

async function stop(): Promise<void> {
  server.close()
  await once(server, 'close')
  await sendword.close()
}
