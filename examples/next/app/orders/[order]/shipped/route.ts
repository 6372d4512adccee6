// The shop's own route, which sends a message.
import { StateError } from 'sendword'
import { getSendword } from '../../../../lib/sendword.ts'

interface Context {
  readonly params: Promise<{ readonly order: string }>
}

export async function POST(request: Request, { params }: Context): Promise<Response> {
  const { deviceId } = await request.json()
  const { order } = await params
  const sendword = await getSendword()
  try {
    const device = await sendword.devices.get(deviceId)
    const { id } = await device.sendMessage({ order, state: 'shipped' })
    return Response.json({ message: id }, { status: 202 })
  } catch (error) {
    if (!(error instanceof StateError)) throw error
    return Response.json({ code: error.code, message: error.message }, { status: 409 })
  }
}
