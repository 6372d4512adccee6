// The webhooks of an app that could not be delivered, or not yet; and sending dead letters again.
import { z } from '@hono/zod-openapi'
import type { Core } from '../../app/core.ts'
import { nextOf } from '../../app/page.ts'
import { InputError } from '../../model/push-error.ts'
import { singleValue } from '../query.ts'
import { type Operation, operation, pathPart } from './operation.ts'
import { limit, limitOf, next, queryOf } from './page-query.ts'

const STATES = ['dead', 'waiting'] as const

const webhook = z
  .object({
    id: z.uuid().openapi({ description: 'What the receiver sees as webhook-id.' }),
    type: z.string(),
    url: z.string().openapi({ description: 'Without its query.' }),
    state: z.enum(STATES),
    attempts: z.int(),
    createdAt: z.iso.datetime(),
    dueAt: z.iso.datetime().optional().openapi({ description: 'When it is tried next.' }),
    failure: z.string().optional().openapi({ description: 'Why the last try failed.' }),
  })
  .openapi('Webhook')

const webhookPage = z.object({ webhooks: z.array(webhook), next }).openapi('WebhookPage')

const listQuery = z.object({
  state: z.enum(STATES).default('dead'),
  after: z.string().optional().openapi({ description: 'The id that ended the page before.' }),
  limit,
})

const testedEndpoint = z.object({ id: webhook.shape.id, url: webhook.shape.url })

export function webhookOperations(core: Core): Operation[] {
  return [
    operation({
      method: 'get',
      path: '/v1/apps/{app}/webhooks',
      summary: 'List webhooks that could not be delivered, or with state=waiting those that are on their way.',
      query: listQuery,
      success: { status: 200, description: 'A page', schema: webhookPage },
      async handle(context) {
        const query = queryOf(context.req.url, ['state', 'after', 'limit'])
        const state = STATES.find((known) => known === (singleValue(query, 'state') ?? 'dead'))
        if (state === undefined) {
          throw new InputError('PUSH_REQUEST_INVALID', { detail: `state must be one of ${STATES.join(', ')}.` })
        }
        const page = { after: singleValue(query, 'after'), limit: limitOf(query) }
        const webhooks = await core.webhooks.list({ app: pathPart(context, 'app'), state, ...page })
        const shown = webhooks.map(({ app: _, ...rest }) => rest)
        return context.json({ webhooks: shown, next: nextOf(webhooks, page.limit, ({ id }) => id) })
      },
    }),
    operation({
      method: 'post',
      path: '/v1/apps/{app}/webhooks/test',
      summary: 'Send the event webhook.test to every endpoint of the app.',
      success: {
        status: 202,
        description: 'They are on their way',
        schema: z.object({ webhooks: z.array(testedEndpoint) }),
      },
      handle: async (context) => context.json({ webhooks: await core.webhooks.test(pathPart(context, 'app')) }, 202),
    }),
    operation({
      method: 'post',
      path: '/v1/apps/{app}/webhooks/replay',
      summary: 'Send all dead letters again.',
      success: { status: 200, description: 'How many', schema: z.object({ replayed: z.int() }) },
      async handle(context) {
        return context.json({ replayed: await core.webhooks.replay({ app: pathPart(context, 'app') }) })
      },
    }),
    operation({
      method: 'post',
      path: '/v1/apps/{app}/webhooks/{id}/replay',
      summary: 'Send one dead letter again.',
      success: { status: 204, description: 'It is on its way' },
      async handle(context) {
        await core.webhooks.replay({ app: pathPart(context, 'app'), id: pathPart(context, 'id') })
        return context.body(null, 204)
      },
    }),
  ]
}
