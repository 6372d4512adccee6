// Bench mode: takes Web Push messages as fast as node does its HTTP, and leaves one in a hundred to the judge, which then
// looks at all but what is encrypted.
import type { ServerHttp2Stream } from 'node:http2'
import type { Random } from '../../util/random.ts'
import type { RecordingJournal } from '../server/request-journal.ts'
import type { StreamShortcut } from '../server/tls-server.ts'
import { createMessageIds } from './message-ids.ts'
import type { JudgeWebPush } from './send.ts'

const CHECK_EVERY = 100
/** The device that none is. */
const NOBODY = 'd0'

export interface BenchMode {
  /** Over HTTP/2. */
  readonly shortcut: StreamShortcut
  /** Over HTTP/1.1, which has no shortcut around the judge. */
  sampled(judge: JudgeWebPush): JudgeWebPush
}

export function createBenchMode(journal: RecordingJournal, random: Random): BenchMode {
  const ids = createMessageIds(random)
  let seen = 0

  const isChecked = () => ++seen % CHECK_EVERY === 0
  const headersFor = (origin: string, ttl: unknown) => ({
    location: `${origin}/m/${ids.make(NOBODY)}`,
    ttl: String(ttl ?? 0),
  })

  function answer(stream: ServerHttp2Stream, headers: Readonly<Record<string, unknown>>): void {
    journal.tally('webpush', 'accepted')
    if (stream.destroyed) return
    const head = headersFor(`https://${headers[':authority']}`, headers.ttl)
    stream.respond({ ':status': 201, ...head }, { endStream: true })
  }

  return {
    shortcut(stream, headers) {
      if (headers[':method'] !== 'POST' || !String(headers[':path']).startsWith('/wpush/')) return false
      if (isChecked()) return false
      stream.on('error', () => {})
      stream.on('end', () => answer(stream, headers))
      stream.resume()
      return true
    },
    sampled: (judge) => (request, scheme) => {
      const { method, path, headers } = request
      const isHttp2 = headers[':path'] !== undefined
      if (isHttp2 || method !== 'POST' || !path.startsWith('/wpush/') || isChecked()) return judge(request, scheme)
      const head = headersFor(`${scheme}://${headers.host}`, headers.ttl)
      return { answer: { kind: 'reply', status: 201, body: '', headers: head }, outcome: 'accepted' }
    },
  }
}
