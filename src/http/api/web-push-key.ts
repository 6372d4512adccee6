// The key that a page subscribes for: open to everybody, as every page of the app shows it.
import { z } from '@hono/zod-openapi'
import type { Core } from '../../app/core.ts'
import { type Operation, operation, pathPart } from './operation.ts'

/** It hardly ever changes, and a page that subscribes for another key is none the worse for asking again in an hour. */
const CACHED_SECONDS = 3600

const webPushKey = z
  .object({ publicKey: z.string().openapi({ description: 'The applicationServerKey: 65 bytes in base64url.' }) })
  .openapi('WebPushKey')

export function webPushKeyOperations(core: Core): Operation[] {
  return [
    operation({
      method: 'get',
      path: '/v1/apps/{app}/webpush/key',
      summary: 'The key that browsers subscribe for.',
      open: true,
      success: { status: 200, description: 'The public key', schema: webPushKey },
      async handle(context) {
        const publicKey = await core.webPushKey(pathPart(context, 'app'))
        return context.json({ publicKey }, 200, { 'cache-control': `public, max-age=${CACHED_SECONDS}` })
      },
    }),
  ]
}
