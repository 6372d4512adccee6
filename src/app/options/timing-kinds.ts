// The kinds of options that say when an app's messages go.
import { z } from 'zod'
import { isTimeOfDay, type QuietHours } from '../../model/timing.ts'
import { isTimeZone } from '../../util/zoned-time.ts'
import { kind } from './option-kinds.ts'

export const timeZone = kind({
  allowed: 'a name of the IANA time zone database, such as Europe/Berlin',
  schema: z.string().max(100).refine(isTimeZone),
})

const timeOfDay = z.string().refine(isTimeOfDay)

export const quietHours = kind<QuietHours>({
  allowed: 'from and to, as HH:MM and not the same; in the environment 22:00-08:00',
  schema: z.strictObject({ from: timeOfDay, to: timeOfDay }).refine(({ from, to }) => from !== to),
  fromText(text) {
    const [from, to, ...more] = text.split('-')
    return more.length === 0 && to !== undefined ? { from, to } : text
  },
})
