// An answer that is made while it is read: the next piece is made when the one before has left, so that a slow reader
// costs no memory.
import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import type { Logger } from '../../util/logger.ts'

/**
 * With the headers that `context` has. What fails on the way cuts the connection: the rest must not seem complete. The
 * iterator's `return` is called when the reader has gone, also before the first piece.
 */
export function streamText(context: Context, texts: AsyncIterable<string>, logger: Logger): Response {
  const outgoing = (context.env as Partial<HttpBindings> | undefined)?.outgoing
  const iterator = texts[Symbol.asyncIterator]()

  async function pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    try {
      const { done, value } = await iterator.next()
      if (done) controller.close()
      else controller.enqueue(Buffer.from(value))
    } catch (error) {
      logger.warn('An answer broke off.', { error })
      // A host without Node’s response learns of it from the stream.
      if (outgoing === undefined) throw error
      outgoing.destroy()
      controller.close()
    }
  }

  async function cancel(): Promise<void> {
    await iterator.return?.()
  }

  return context.body(new ReadableStream<Uint8Array>({ pull, cancel }, { highWaterMark: 0 }))
}
