// What keeps an app's messages from leaving, and ending the pause of a credential that a push service refused.
import { z } from '@hono/zod-openapi'
import type { Core } from '../../app/core.ts'
import { TRANSPORT_NAMES } from '../../model/address.ts'
import { StateError } from '../../model/push-error.ts'
import { type Operation, operation, pathPart } from './operation.ts'

const hold = z
  .object({
    transport: z.string(),
    kind: z.enum(['deferred', 'unauthorized']),
    reason: z.string().openapi({ description: 'The push service’s word for it.' }),
    since: z.iso.datetime(),
    until: z.iso.datetime().openapi({
      description: 'deferred: when sending goes on; unauthorized: when one send may try the credential, if `probe`.',
    }),
    probe: z.boolean(),
  })
  .openapi('Hold')

export function transportOperations(core: Core): Operation[] {
  return [
    operation({
      method: 'get',
      path: '/v1/apps/{app}/holds',
      summary: 'List what holds the app’s messages back.',
      success: { status: 200, description: 'The holds in force', schema: z.object({ holds: z.array(hold) }) },
      async handle(context) {
        const holds = await core.pauses.list(pathPart(context, 'app'))
        return context.json({
          holds: holds.map(({ transport, kind, reason, since, until, probe }) => {
            return { transport, kind, reason, since, until, probe }
          }),
        })
      },
    }),
    operation({
      method: 'post',
      path: '/v1/apps/{app}/transports/{transport}/resume',
      summary:
        'End the pause that a refused credential caused, and close an open breaker; without either nothing happens.',
      success: { status: 204, description: 'Nothing waits for the credential any more' },
      async handle(context) {
        const app = pathPart(context, 'app')
        core.assertApp(app)
        const transport = TRANSPORT_NAMES.find((name) => name === pathPart(context, 'transport'))
        if (transport === undefined) throw new StateError('PUSH_REQUEST_NOT_FOUND')
        await core.pauses.resume(app, transport)
        return context.body(null, 204)
      },
    }),
  ]
}
