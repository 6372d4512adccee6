// The JSON API.
import type { Mount } from 'sendword'
import { clientOf } from '../../../lib/client.ts'
import { getSendword } from '../../../lib/sendword.ts'

let api: Mount | undefined

async function handle(request: Request): Promise<Response> {
  api ??= (await getSendword()).api({ app: 'default' })
  return await api.fetch(request, { client: clientOf(request) })
}

export {
  handle as DELETE,
  handle as GET,
  handle as HEAD,
  handle as OPTIONS,
  handle as PATCH,
  handle as POST,
  handle as PUT,
}
