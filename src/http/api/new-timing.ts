// When a message goes, as it stands in a request.

import { z } from '@hono/zod-openapi'
import { IF_PAST, type MessageTiming } from '../../model/timing.ts'
import { ifAnyGiven } from '../../util/given.ts'

export const localTime = z
  .strictObject({
    at: z.string().openapi({
      description: '`HH:MM`, today by the clocks of each recipient; or `YYYY-MM-DDTHH:MM`.',
      example: '09:00',
    }),
    ifPast: z.enum(IF_PAST).optional().openapi({ description: 'Where that is past already. Default `next-day`.' }),
  })
  .openapi('LocalTime')

/** Of every message. */
export const timingFields = {
  sendAt: z.iso.datetime({ offset: true }).optional().openapi({
    description: 'Not before this moment, at most a year ahead. Not with `localTime`.',
  }),
  localTime: localTime.optional().openapi({
    description: 'At this time in the zone of each recipient: his device’s, else his user’s, else the app’s.',
  }),
  ignoreQuietHours: z.boolean().optional().openapi({ description: 'Go at once also in the app’s quiet hours.' }),
}

type TimingBody = { [Name in keyof typeof timingFields]?: z.infer<(typeof timingFields)[Name]> | undefined }

/** Takes what says when it goes out of a body. */
export function takeTiming<Body extends TimingBody>({ sendAt, localTime, ignoreQuietHours, ...rest }: Body) {
  const timing: MessageTiming | undefined = ifAnyGiven({
    sendAt: sendAt === undefined ? undefined : new Date(sendAt),
    localTime,
    ignoreQuietHours,
  })
  return { timing, rest }
}
