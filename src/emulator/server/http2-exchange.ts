// An exchange over HTTP/2: a stream of a session.
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import { type Reply, tornLength } from './answer.ts'
import type { Exchange } from './exchange.ts'
import type { StreamHome } from './stream-home.ts'

const { NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR } = constants

export function http2Exchange(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, home: StreamHome): Exchange {
  const id = stream.id ?? 0
  return {
    method: String(headers[':method']),
    target: String(headers[':path']),
    headers,
    body: stream,
    claim: () => home.claim(id),
    give(answer, goAway) {
      if (goAway) home.goAway(goAway)
      if (stream.destroyed) return
      switch (answer.kind) {
        case 'reply':
          respond(stream, answer)
          stream.end(answer.body)
          return
        case 'torn': {
          const { body } = answer.reply
          respond(stream, answer.reply, tornLength(body))
          stream.write(body.slice(0, body.length / 2), () => stream.close(NGHTTP2_INTERNAL_ERROR))
          return
        }
        case 'reset':
          home.resetConnection()
          return
        case 'stream-reset':
          stream.close(answer.code)
          return
        case 'hold':
      }
    },
    stopReading: () => stream.pause(),
    drop: () => stream.close(NGHTTP2_CANCEL),
  }
}

function respond(stream: ServerHttp2Stream, reply: Reply, length = Buffer.byteLength(reply.body)): void {
  const { status, contentType, headers } = reply
  stream.respond({
    ':status': status,
    ...(contentType !== undefined && { 'content-type': contentType }),
    'content-length': length,
    ...headers,
  })
}
