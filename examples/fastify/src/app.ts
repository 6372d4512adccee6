// A shop's back end on Fastify: its own routes, and beside them the device doors and the JSON API.
import fastify from 'fastify'
import { StateError } from 'sendword'
import { sendword } from './sendword.ts'

export const app = fastify()

await app.register(sendword.c2dm().fastify, { prefix: '/c2dm' })
await app.register(sendword.api({ app: 'default' }).fastify, { prefix: '/push' })

interface Shipped {
  readonly Params: { readonly order: string }
  readonly Body: { readonly deviceId: string }
}

const body = { type: 'object', required: ['deviceId'], properties: { deviceId: { type: 'string' } } }

app.post<Shipped>('/orders/:order/shipped', { schema: { body } }, async (request, reply) => {
  const device = await sendword.devices.get(request.body.deviceId)
  const { id } = await device.sendMessage({ order: request.params.order, state: 'shipped' })
  return reply.code(202).send({ message: id })
})

app.setErrorHandler((error, _request, reply) => {
  if (!(error instanceof StateError)) return reply.send(error)
  return reply.code(409).send({ code: error.code, message: error.message })
})

// Fastify runs this when requests in flight have been answered.
app.addHook('onClose', () => sendword.close())
