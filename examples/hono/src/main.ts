// Starts the application, and stops it in order: first nothing new comes in, then Sendword ends what it is at.
import { once } from 'node:events'
import { serve } from '@hono/node-server'
import { app } from './app.ts'
import { sendword } from './sendword.ts'

const server = serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000), hostname: '127.0.0.1' }, ({ port }) =>
  console.log(`The shop listens on http://127.0.0.1:${port}`),
)

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop)

async function stop(): Promise<void> {
  server.close()
  await once(server, 'close')
  await sendword.close()
}
