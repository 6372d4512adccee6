// A shop's back end on Express: its own routes, and beside them the device doors and the JSON API.
import express, { type NextFunction, type Request, type Response } from 'express'
import { StateError } from 'sendword'
import { sendword } from './sendword.ts'

export const app = express()

app.use(express.json()) // the API takes what this has parsed
app.use('/c2dm', sendword.c2dm().node)
app.use('/push', sendword.api({ app: 'default' }).node)

app.post('/orders/:order/shipped', async (request, response) => {
  const device = await sendword.devices.get(String(request.body.deviceId))
  const { id } = await device.sendMessage({ order: request.params.order, state: 'shipped' })
  response.status(202).json({ message: id })
})

app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
  if (!(error instanceof StateError)) return next(error)
  response.status(409).json({ code: error.code, message: error.message })
})
