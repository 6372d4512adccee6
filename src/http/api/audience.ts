// An audience as it stands in a request: its kinds and their fields. And its count, as it stands in an answer.
import { z } from '@hono/zod-openapi'
import { TRANSPORT_NAMES } from '../../model/address.ts'
import { type Audience, MAX_AUDIENCE_NAMES } from '../../model/audience.ts'
import { InputError } from '../../model/push-error.ts'

const time = (description: string) => z.iso.datetime({ offset: true }).optional().openapi({ description })

const filter = z
  .strictObject({
    transport: z.enum(TRANSPORT_NAMES).optional(),
    locale: z.string().optional().openapi({ description: '`pt` finds `pt-BR` too.', example: 'pt' }),
    timeZone: z.string().optional().openapi({ example: 'Europe/Berlin' }),
    appVersion: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional().openapi({ description: 'Each label with this value.' }),
    lastSeenAfter: time('From this moment on.'),
    lastSeenBefore: time('Before this moment.'),
    createdAfter: time('From this moment on.'),
    createdBefore: time('Before this moment.'),
  })
  .openapi('DeviceFilter', { description: 'All of it must be true of a device.' })

const ids = (description: string) =>
  z.array(z.string()).min(1).max(MAX_AUDIENCE_NAMES).optional().openapi({ description })

export const audience = z
  .strictObject({
    devices: ids('These devices, by device id.'),
    user: z.string().optional().openapi({ description: 'All devices of one user.' }),
    users: ids('All devices of these users.'),
    group: z.string().optional().openapi({ description: 'The devices of a group, and of those that are part of it.' }),
    groups: ids('The devices of these groups.'),
    channel: z.string().optional().openapi({ description: 'The devices that a channel reaches.' }),
    everyone: z.literal(true).optional().openapi({ description: 'All devices of the app.' }),
    where: filter.optional(),
  })
  .openapi('Audience', { description: 'Exactly one of its kinds.', example: { where: { locale: 'pt' } } })

export const audienceCount = z
  .object({
    devices: z.int().openapi({ description: 'Devices that would get a message now.' }),
    byTransport: z.partialRecord(z.enum(TRANSPORT_NAMES), z.int()),
    unreachable: z.int().openapi({ description: 'Pending and failed devices, which would be skipped.' }),
    complete: z.boolean().openapi({
      description: 'False when the time for counting was over: there are at least so many.',
    }),
  })
  .openapi('AudienceCount')

/** What the schema took, with its times as such. That there is exactly one kind is checked where messages are accepted. */
export function readAudience({ where, ...kinds }: z.infer<typeof audience>): Audience {
  const given = { ...kinds, ...(where && { where: { ...where, ...timesOf(where) } }) }
  return given as Audience
}

function timesOf(where: z.infer<typeof filter>) {
  const { lastSeenAfter, lastSeenBefore, createdAfter, createdBefore } = where
  const times = { lastSeenAfter, lastSeenBefore, createdAfter, createdBefore }
  const entries = Object.entries(times).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return Object.fromEntries(entries.map(([name, text]) => [name, new Date(text)]))
}

const MAX_KEY_BYTES = 255

/** The header Idempotency-Key (draft-ietf-httpapi-idempotency-key-header), with or without the quotes of its draft. */
export function readIdempotencyKey(request: Request): string | undefined {
  const given = request.headers.get('idempotency-key')
  if (given === null) return undefined
  const key = /^"(.*)"$/.exec(given)?.[1] ?? given
  if (key !== '' && key.length <= MAX_KEY_BYTES) return key
  throw new InputError('PUSH_REQUEST_INVALID', {
    detail: `Idempotency-Key must have 1 to ${MAX_KEY_BYTES} characters.`,
  })
}
