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

const breaker = z
  .object({
    transport: z.string(),
    since: z.iso.datetime(),
    sends: z.int().openapi({ description: 'What opened it: of so many sends …' }),
    dead: z.int().openapi({ description: '… so many found a dead address.' }),
    probeAt: z.iso
      .datetime()
      .openapi({ description: 'From then on one message is watched; taken, it closes the breaker.' }),
  })
  .openapi('Breaker')

const standing = z.object({ holds: z.array(hold), breakers: z.array(breaker) })

export function transportOperations(core: Core): Operation[] {
  return [
    operation({
      method: 'get',
      path: '/v1/apps/{app}/holds',
      summary: 'List what holds the app’s messages back, and the breakers that are open.',
      success: { status: 200, description: 'The holds in force and the open breakers', schema: standing },
      async handle(context) {
        const app = pathPart(context, 'app')
        const [holds, breakers] = await Promise.all([core.pauses.list(app), core.pauses.breakers(app)])
        return context.json({
          holds: holds.map(({ transport, kind, reason, since, until, probe }) => {
            return { transport, kind, reason, since, until, probe }
          }),
          breakers: breakers.map(({ transport, openedAt, sends, dead, probeAt }) => {
            return { transport, since: openedAt, sends, dead, probeAt }
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
