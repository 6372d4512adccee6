// An exchange over HTTP/2: a stream of a session.
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import type { GoAway, Reply } from './answer.ts'
import type { Exchange } from './exchange.ts'

const { NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR } = constants

/** A session, seen by its streams. */
export interface StreamHome {
  /** The highest stream id whose request has been judged. */
  highestJudged: number
  /** The highest stream id that has begun. */
  highestBegun: number
  /** Sends GOAWAY, and closes the session once the streams up to `lastStreamId` have been answered. */
  goAway(code: number, lastStreamId: number): void
  /** Ends the connection with a TCP reset. */
  resetConnection(): void
}

export function http2Exchange(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, home: StreamHome): Exchange {
  const id = stream.id ?? 0
  return {
    method: String(headers[':method']),
    target: String(headers[':path']),
    headers,
    body: stream,
    give(answer, goAway) {
      home.highestJudged = Math.max(home.highestJudged, id)
      if (goAway) sayGoAway(home, goAway)
      if (stream.destroyed) return
      switch (answer.kind) {
        case 'reply':
          respond(stream, answer)
          stream.end(answer.body)
          return
        case 'torn': {
          const { body } = answer.reply
          respond(stream, answer.reply)
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

function sayGoAway(home: StreamHome, { code, refusesLater }: GoAway): void {
  // A stream that has been judged must not be called unprocessed, also when it is later than the one that is struck.
  home.goAway(code, refusesLater ? home.highestJudged : home.highestBegun)
}

function respond(stream: ServerHttp2Stream, { status, contentType, body, headers }: Reply): void {
  stream.respond({
    ':status': status,
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    ...headers,
  })
}
