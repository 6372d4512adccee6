// An answer that is made while it is read: the next piece is made when the one before has left, so that a slow reader
// costs no memory.
import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import type { Logger } from '../../util/logger.ts'

/** With the headers that `context` has. What fails on the way cuts the connection: the rest must not seem complete. */
export function streamText(context: Context, texts: AsyncIterable<string>, logger: Logger): Response {
  const outgoing = (context.env as Partial<HttpBindings> | undefined)?.outgoing
  async function* bytes() {
    try {
      for await (const text of texts) yield Buffer.from(text)
    } catch (error) {
      logger.warn('An answer broke off.', { error })
      // A host without Node’s response learns of it from the stream.
      if (outgoing === undefined) throw error
      outgoing.destroy()
    }
  }
  return context.body(ReadableStream.from<Uint8Array>(bytes()) as ReadableStream)
}
