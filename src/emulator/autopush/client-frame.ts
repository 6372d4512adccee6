// What a browser says to autopush: text frames, one JSON object each.
import * as z from 'zod'

/** As Firefox makes them: a UUID in lower case, with dashes. */
const channelID = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'must be a UUID in lower case')
const version = z.string().max(1000)

const frameSchema = z.discriminatedUnion('messageType', [
  z.object({
    messageType: z.literal('hello'),
    use_webpush: z.literal(true),
    uaid: z.string().max(128).nullish(),
  }),
  z.object({ messageType: z.literal('register'), channelID, key: z.string().max(1000).nullish() }),
  z.object({ messageType: z.literal('unregister'), channelID }),
  z.object({
    messageType: z.literal('ack'),
    updates: z.array(z.object({ channelID, version, code: z.int().optional() })).max(1000),
  }),
  z.object({ messageType: z.literal('nack'), version, code: z.int().optional() }),
  z.object({ messageType: z.literal('broadcast_subscribe') }),
  z.object({ messageType: z.literal('ping') }),
])

export type ClientFrame = z.infer<typeof frameSchema>

/** Undefined for what autopush does not understand. */
export function readFrame(text: string): ClientFrame | undefined {
  try {
    const frame: unknown = JSON.parse(text)
    // An empty object is a ping.
    const isPing = typeof frame === 'object' && frame !== null && Object.keys(frame).length === 0
    return frameSchema.safeParse(isPing ? { messageType: 'ping' } : frame).data
  } catch {
    // Not JSON; the connection ends as for any other frame that means nothing.
    return undefined
  }
}
