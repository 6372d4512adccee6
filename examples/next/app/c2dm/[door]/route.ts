// The device doors. They answer every method themselves, so each one that Next knows is theirs.
import type { Mount } from 'sendword'
import { clientOf } from '../../../lib/client.ts'
import { getSendword } from '../../../lib/sendword.ts'

let c2dm: Mount | undefined

async function handle(request: Request): Promise<Response> {
  c2dm ??= (await getSendword()).c2dm()
  return await c2dm.fetch(request, { client: clientOf(request) })
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
