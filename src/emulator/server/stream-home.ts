// An HTTP/2 session as its streams see it: which of them it will still process, and how it ends.
import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2'
import type { GoAway } from './answer.ts'

export interface StreamHome {
  begin(stream: ServerHttp2Stream): void
  /** Whether this stream may be judged; false when a GOAWAY has left it unprocessed. */
  claim(id: number): boolean
  /** Sends GOAWAY, and closes the session once the streams up to its last stream id have been answered. */
  goAway(goAway: GoAway): void
  /** Ends the connection with a TCP reset. */
  resetConnection(): void
}

export function createStreamHome(session: ServerHttp2Session, resetConnection: () => void): StreamHome {
  let highestBegun = 0
  let highestJudged = 0
  let lastStreamId = Number.POSITIVE_INFINITY
  let open = 0

  return {
    begin(stream) {
      highestBegun = stream.id ?? highestBegun
      open++
      stream.on('close', () => {
        open--
        // Not right after the GOAWAY: closing sends another, which must not be ahead of it with a higher id.
        if (open === 0 && lastStreamId !== Number.POSITIVE_INFINITY && !session.destroyed) session.close()
      })
    },
    claim(id) {
      if (id > lastStreamId) return false
      highestJudged = Math.max(highestJudged, id)
      return true
    },
    goAway({ code, refusesLater, debugData }) {
      // A stream that has been judged must not be called unprocessed, also when it is later than the one that is struck.
      lastStreamId = Math.min(lastStreamId, refusesLater ? highestJudged : highestBegun)
      if (session.destroyed) return
      session.goaway(code, lastStreamId, debugData === undefined ? undefined : Buffer.from(debugData))
      // With no stream open there is none whose end would close it; the GOAWAY goes out first.
      if (open === 0) setImmediate(() => session.close())
    },
    resetConnection,
  }
}
