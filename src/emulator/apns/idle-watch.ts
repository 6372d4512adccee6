// Ends a connection on which nothing has come for too long, as APNs does: with a GOAWAY that says IdleTimeout.
import { constants } from 'node:http2'
import type { Clock } from '../../util/clock.ts'
import type { ProviderConnection } from './provider-connection.ts'

export function watchIdle(connection: ProviderConnection, idleMs: number, clock: Clock): void {
  const { session, goAway } = connection.tls
  const over = new AbortController()
  session.on('close', () => over.abort())
  session.on('ping', () => {
    connection.lastUsed = clock.now()
  })

  /** One timer for the whole life of the connection, however many requests there are. */
  async function watch(): Promise<void> {
    for (;;) {
      const left = connection.lastUsed + idleMs - clock.now()
      if (left <= 0) break
      await clock.sleep(left, over.signal)
    }
    goAway({ code: constants.NGHTTP2_NO_ERROR, refusesLater: true, debugData: goAwayText('IdleTimeout') })
  }
  watch().catch(() => {
    // The connection has ended, and the wait with it.
  })
}

/** The debug data of APNs' GOAWAY frames. */
export function goAwayText(reason: string): string {
  return JSON.stringify({ reason })
}
