// What devices tell of messages that ask for receipts: delivered, opened. Open to anybody who holds the token that came
// with the message.
import { z } from '@hono/zod-openapi'
import type { Core } from '../../app/core.ts'
import { RECEIPT_EVENTS } from '../../model/receipt-token.ts'
import { type Operation, operation, pathPart } from './operation.ts'
import { readBody } from './read-body.ts'

const MAX_RECEIPTS = 100
/** Far more than a token has. */
const MAX_TEXT = 256

const receipt = z
  .strictObject({
    receipt: z.string().max(MAX_TEXT).openapi({ description: 'The token that came with the message.' }),
    event: z.enum(RECEIPT_EVENTS).openapi({ description: 'opened says delivered, too.' }),
    at: z.iso.datetime({ offset: true }).optional().openapi({ description: 'By the device’s clock. Default: now.' }),
  })
  .openapi('Receipt')

const receipts = z.array(receipt).min(1).max(MAX_RECEIPTS)
/** One alone is a list of one, so that what is wrong with it is named. */
const oneOrMany = z.preprocess((body) => (Array.isArray(body) ? body : [body]), receipts)

export function receiptOperations(core: Core): Operation[] {
  return [
    operation({
      method: 'post',
      path: '/v1/apps/{app}/receipts',
      summary: 'Tell that messages were delivered or opened, one or up to 100 at once.',
      open: true,
      body: z.union([receipt, receipts]),
      success: { status: 204, description: 'Recorded, now or before.' },
      async handle(context) {
        const told = await readBody(context.req.raw, oneOrMany)
        await core.receipts.record(
          pathPart(context, 'app'),
          told.map(({ at, ...rest }) => ({ ...rest, at: at === undefined ? undefined : new Date(at) })),
        )
        return context.body(null, 204)
      },
    }),
  ]
}
