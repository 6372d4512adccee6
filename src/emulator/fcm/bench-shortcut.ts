// Bench mode: takes FCM messages as fast as node:http2 does, and leaves one in a hundred to the judge that reads it all.
import type { ServerHttp2Stream } from 'node:http2'
import { fcmSendPath } from '../../protocols/fcm.ts'
import type { Clock } from '../../util/clock.ts'
import type { Random } from '../../util/random.ts'
import { createProviderIds } from '../server/provider-ids.ts'
import type { RecordingJournal } from '../server/request-journal.ts'
import type { StreamShortcut } from '../server/tls-server.ts'

const CHECK_EVERY = 100
const CONTENT_TYPE = 'application/json; charset=UTF-8'

interface BenchParts {
  readonly projectId: string
  readonly journal: RecordingJournal
  readonly clock: Clock
  readonly random: Random
}

export function createBenchShortcut({ projectId, journal, clock, random }: BenchParts): StreamShortcut {
  const sendPath = fcmSendPath(projectId)
  const newProviderId = createProviderIds(clock, random)
  let seen = 0

  function answer(stream: ServerHttp2Stream): void {
    journal.tally('fcm', 'accepted')
    if (stream.destroyed) return
    const body = `{"name":"projects/${projectId}/messages/${newProviderId()}"}`
    stream.respond({ ':status': 200, 'content-type': CONTENT_TYPE, 'content-length': body.length })
    stream.end(body)
  }

  return (stream, headers) => {
    if (headers[':path'] !== sendPath || headers[':method'] !== 'POST') return false
    if (++seen % CHECK_EVERY === 0) return false
    stream.on('error', () => {})
    stream.on('end', () => answer(stream))
    stream.resume()
    return true
  }
}
