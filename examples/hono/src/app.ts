// A shop's back end on Hono: its own routes, and beside them the device doors and the JSON API.
import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { StateError } from 'sendword'
import { sendword } from './sendword.ts'

export const app = new Hono<{ Bindings: HttpBindings }>()

// The second argument tells them the client's address. `all` also passes TRACE on, which `mount` cannot.
const c2dm = sendword.c2dm()
app.all('/c2dm/*', ({ req, env }) => c2dm.fetch(req.raw, env))
const api = sendword.api({ app: 'default' })
app.all('/push/*', ({ req, env }) => api.fetch(req.raw, env))

app.post('/orders/:order/shipped', async (context) => {
  const { deviceId } = await context.req.json<{ deviceId: string }>()
  const device = await sendword.devices.get(deviceId)
  const { id } = await device.sendMessage({ order: context.req.param('order'), state: 'shipped' })
  return context.json({ message: id }, 202)
})

app.onError((error, context) => {
  if (!(error instanceof StateError)) throw error
  return context.json({ code: error.code, message: error.message }, 409)
})
