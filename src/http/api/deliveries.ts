// The ledger over HTTP: what became of a message on each device, as pages or as one stream, and what a device got.
import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { accepts } from 'hono/accepts'
import type { Core } from '../../app/core.ts'
import { DELIVERY_FORMATS, deliveryLines } from '../../app/delivery-text.ts'
import type { Delivery, DeliveryFilter } from '../../model/delivery.ts'
import { FINAL_OUTCOMES } from '../../model/outcome.ts'
import { InputError } from '../../model/push-error.ts'
import { type Query, singleValue } from '../query.ts'
import { deviceOf, type Operation, operation, pathPart } from './operation.ts'
import { limitOf, next, pageQuery, queryOf, readPage } from './page-query.ts'
import { streamText } from './stream-text.ts'

const delivery = z
  .object({
    messageId: z.uuid(),
    deviceId: z.string().optional().openapi({ description: 'Missing once the device has been removed.' }),
    outcome: z.enum(FINAL_OUTCOMES),
    reason: z.string().optional(),
    providerId: z.string().optional().openapi({ description: 'The push service’s id of the message.' }),
    attempts: z.int(),
    finishedAt: z.iso.datetime(),
    deliveredAt: z.iso.datetime().optional().openapi({ description: 'As the device told, if the message asks.' }),
    openedAt: z.iso.datetime().optional(),
  })
  .openapi('Delivery')

const deliveryPage = z.object({ deliveries: z.array(delivery), next }).openapi('DeliveryPage')

const FORMATS = ['json', 'csv', 'ndjson'] as const
type Format = (typeof FORMATS)[number]

const filterQuery = pageQuery.extend({
  outcome: z.enum(FINAL_OUTCOMES).optional(),
  reason: z.string().optional().openapi({ description: 'Exactly this word.' }),
  format: z.enum(FORMATS).optional().openapi({ description: 'Goes before Accept. csv and ndjson hold all of it.' }),
})

export function deliveryOperations(core: Core): Operation[] {
  return [
    operation({
      method: 'get',
      path: '/v1/apps/{app}/messages/{id}/deliveries',
      summary: 'What became of a message on each device that it has ended for.',
      query: filterQuery,
      success: {
        status: 200,
        description: 'A page, or as CSV or NDJSON everything',
        schema: deliveryPage,
        texts: Object.values(DELIVERY_FORMATS).map(({ mediaType }) => mediaType),
      },
      async handle(context) {
        const query = queryOf(context.req.url, ['after', 'limit', 'outcome', 'reason', 'format'])
        const asked = { app: pathPart(context, 'app'), id: pathPart(context, 'id'), ...filterOf(query) }
        const after = singleValue(query, 'after')
        const format = formatOf(context, query)
        if (format !== 'json') {
          if (query.has('limit')) throw invalid(`limit is for pages; ${format} holds everything.`)
          return download(context, core, format, await core.ledger.pagesOfMessage({ ...asked, after }))
        }
        return context.json(await core.ledger.ofMessage({ ...asked, after, limit: limitOf(query) }))
      },
    }),
    operation({
      method: 'get',
      path: '/v1/apps/{app}/devices/{deviceId}/deliveries',
      summary: 'What became of the messages to a device, the newest first.',
      query: pageQuery,
      success: { status: 200, description: 'A page', schema: deliveryPage },
      async handle(context) {
        return context.json(await core.ledger.ofDevice({ ...deviceOf(context), ...readPage(context.req.url) }))
      },
    }),
  ]
}

function filterOf(query: Query): DeliveryFilter {
  const given = singleValue(query, 'outcome')
  const outcome = FINAL_OUTCOMES.find((known) => known === given)
  if (given !== undefined && outcome === undefined)
    throw invalid(`outcome must be one of ${FINAL_OUTCOMES.join(', ')}.`)
  return { outcome, reason: singleValue(query, 'reason') }
}

function formatOf(context: Context, query: Query): Format {
  const given = singleValue(query, 'format')
  if (given === undefined) return acceptedFormat(context)
  const format = FORMATS.find((known) => known === given)
  if (format === undefined) throw invalid(`format must be one of ${FORMATS.join(', ')}.`)
  return format
}

/** JSON, unless another one is asked for by its name (RFC 9110 §12.5.1). */
function acceptedFormat(context: Context): Format {
  const mediaType = accepts(context, {
    header: 'Accept',
    supports: ['application/json', ...Object.values(DELIVERY_FORMATS).map((format) => format.mediaType)],
    default: 'application/json',
  })
  return FORMATS.find((name) => name !== 'json' && DELIVERY_FORMATS[name].mediaType === mediaType) ?? 'json'
}

function download(
  context: Context,
  core: Core,
  format: Exclude<Format, 'json'>,
  pages: AsyncIterable<readonly Delivery[]>,
): Response {
  const { mediaType, head } = DELIVERY_FORMATS[format]
  async function* texts() {
    if (head !== '') yield head
    for await (const page of pages) yield deliveryLines(DELIVERY_FORMATS[format], page)
  }
  context.header('content-disposition', `attachment; filename="deliveries-${pathPart(context, 'id')}.${format}"`)
  context.header('content-type', `${mediaType}; charset=utf-8`)
  return streamText(context, texts(), core.logger.child('http'))
}

function invalid(detail: string): InputError {
  return new InputError('PUSH_REQUEST_INVALID', { detail })
}
