// Messages to an audience over HTTP: accepting one, counting whom it would reach, and cancelling.
import { z } from '@hono/zod-openapi'
import type { Core } from '../../app/core.ts'
import { messageDocument } from '../../app/message-document.ts'
import { MAX_VALUES_BYTES } from '../../model/recipient-values.ts'
import { audience, audienceCount, readAudience, readIdempotencyKey } from './audience.ts'
import { dryRunAnswer } from './dry-run.ts'
import { acceptedMessage, message } from './messages.ts'
import { newBroadcast } from './new-message.ts'
import { takeTiming } from './new-timing.ts'
import { type Operation, operation, pathPart } from './operation.ts'
import { MAX_BODY_BYTES, readBody } from './read-body.ts'

/** Values for many recipients take more room than any message. */
const MAX_BROADCAST_BYTES = MAX_BODY_BYTES + MAX_VALUES_BYTES

const question = z.strictObject({ audience }).openapi('AudienceQuestion')

export function broadcastOperations(core: Core): Operation[] {
  return [
    operation({
      method: 'post',
      path: '/v1/apps/{app}/messages',
      summary: 'Accept a message for an audience; once answered, no crash loses it.',
      body: newBroadcast,
      success: { status: 202, description: 'Accepted; Location leads to it.', schema: acceptedMessage },
      instead: dryRunAnswer,
      async handle(context) {
        const request = context.req.raw
        const idempotencyKey = readIdempotencyKey(request)
        const { timing, rest } = takeTiming(await readBody(request, newBroadcast, MAX_BROADCAST_BYTES))
        const { audience: whom, skipUnfit, values, ttl, dryRun, data = {}, ...content } = rest
        const submission = {
          app: pathPart(context, 'app'),
          audience: readAudience(whom),
          content: { data, ...content },
          ...{ values, skipUnfit, ttl, timing, idempotencyKey },
        }
        if (dryRun) return context.json(await core.messages.dryRun(submission))
        const { id } = await core.messages.publish(submission)
        return context.json({ id }, 202, { location: `messages/${id}` })
      },
    }),
    operation({
      method: 'post',
      path: '/v1/apps/{app}/messages/{id}/cancel',
      summary: 'Stop what has not left of a message; one that is over stays as it is.',
      success: { status: 200, description: 'The message', schema: message },
      async handle(context) {
        const view = await core.messages.cancel(pathPart(context, 'app'), pathPart(context, 'id'))
        return context.json(messageDocument(view))
      },
    }),
    operation({
      method: 'post',
      path: '/v1/apps/{app}/audiences/count',
      summary: 'Count whom a message to an audience would reach.',
      body: question,
      success: { status: 200, description: 'The count', schema: audienceCount },
      async handle(context) {
        const body = await readBody(context.req.raw, question)
        const app = pathPart(context, 'app')
        return context.json(await core.messages.count({ app, audience: readAudience(body.audience) }))
      },
    }),
  ]
}
