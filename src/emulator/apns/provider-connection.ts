// One connection of a sender: which environment it leads to, how the sender has shown who it is, and the rules that hold
// for a connection as a whole: one stream until it is known, and no new token too soon after the last.
import type { TLSSocket } from 'node:tls'
import { APNS_TOKEN_MIN_RENEWAL_MS, type ApnsEnvironment } from '../../protocols/apns.ts'
import type { TlsSession } from '../server/tls-server.ts'
import { isRefusal, type ProviderToken, type ProviderTokens, type TokenRefusal } from './provider-token.ts'

export interface ClientCertificate {
  /** Whether the emulator's authority issued it. */
  readonly trusted: boolean
  /** UID of its subject: the bundle id that it is for. */
  readonly topic: string | undefined
}

export interface ProviderConnection {
  readonly environment: ApnsEnvironment
  readonly tls: TlsSession
  readonly certificate: ClientCertificate | undefined
  /** The authorization header that was taken last; a request that repeats it needs no second look. */
  readonly authorization: string | undefined
  /** When a request or a PING came last. */
  lastUsed: number
  /** Undefined when the sender may send. */
  authorize(authorization: string | undefined): TokenRefusal | undefined
}

interface ConnectionParts {
  readonly environment: ApnsEnvironment
  readonly tls: TlsSession
  readonly tokens: ProviderTokens
  readonly now: number
}

export function createProviderConnection({ environment, tls, tokens, now }: ConnectionParts): ProviderConnection {
  const certificate = clientCertificate(tls.socket)
  let current: ProviderToken | undefined
  let accepted: string | undefined
  let { generation } = tokens

  function authorizeToken(authorization: string | undefined): TokenRefusal | undefined {
    if (generation !== tokens.generation) {
      // Expired on command: the sender's next token comes as soon as it likes.
      generation = tokens.generation
      current = undefined
      accepted = undefined
    }
    const token = tokens.check(authorization)
    if (isRefusal(token)) return token
    if (current && token.text !== current.text) {
      const apart = Math.abs(token.issuedAt - current.issuedAt)
      if (apart < APNS_TOKEN_MIN_RENEWAL_MS) {
        const objection = `This token was made ${apart / 1000} s after the last one on this connection; 20 minutes is the least.`
        return { reason: 'TooManyProviderTokenUpdates', objection }
      }
    }
    current = token
    accepted = authorization
    tls.liftStreamLimit()
    return undefined
  }

  return {
    environment,
    tls,
    certificate,
    get authorization() {
      return generation === tokens.generation ? accepted : undefined
    },
    lastUsed: now,
    authorize(authorization) {
      if (!certificate) return authorizeToken(authorization)
      if (certificate.trusted && certificate.topic !== undefined) return undefined
      const objection = "The client certificate is not of the emulator's authority, or names no bundle id."
      return { reason: 'BadCertificate', objection }
    },
  }
}

export function clientCertificate(socket: TLSSocket): ClientCertificate | undefined {
  const certificate = socket.getPeerCertificate()
  if (Object.keys(certificate).length === 0) return undefined
  const uid: unknown = Reflect.get(certificate.subject, 'UID')
  return { trusted: socket.authorized, topic: typeof uid === 'string' ? uid : undefined }
}
