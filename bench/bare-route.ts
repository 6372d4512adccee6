// A Hono route that does nothing, on the server that ours is built on: what of a request's cost is not Sendword's.
import { serve } from '@hono/node-server'
import { Hono } from 'hono'

const app = new Hono()
app.post('/messages', async (context) => {
  await context.req.json()
  return context.json({ id: '01890000-0000-7000-8000-000000000000' }, 202)
})
serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${port}` }))
})
