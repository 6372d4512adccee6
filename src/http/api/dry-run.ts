// What a request with `dryRun` is answered with, in the place of the message that it would make.
import { z } from '@hono/zod-openapi'
import { TRANSPORT_NAMES } from '../../model/address.ts'
import { audienceCount } from './audience.ts'
import { preview } from './message-previews.ts'
import { localTime } from './new-timing.ts'

const unfit = z.object({
  transport: z.enum(TRANSPORT_NAMES),
  devices: z.int().openapi({ description: 'How many of the audience.' }),
  code: z.string(),
  detail: z.string(),
})

const dryRun = z
  .object({
    dryRun: z.literal(true),
    audience: audienceCount,
    unfit: z.array(unfit).openapi({ description: 'Whose devices `skipUnfit` leaves out, and why.' }),
    previews: z.array(preview).openapi({ description: 'For each push service that something would go to.' }),
    sendAt: z.iso.datetime().optional().openapi({ description: 'When it would go, if not at once.' }),
    localTime: localTime.optional().openapi({ description: 'Of an audience: when it would go to each device.' }),
    expiresAt: z.iso.datetime(),
    isPast: z.literal(true).optional().openapi({
      description: 'Of one device: its local time is past, and the message would end as cancelled.',
    }),
  })
  .openapi('DryRun')

export const dryRunAnswer = {
  status: 200,
  description: 'With `dryRun`: it would be accepted.',
  schema: dryRun,
} as const
