// A transport that can be taken out of use while it sends: it closes when its last send has ended.
import type { Transport } from '../model/transport.ts'

export interface RetiringTransport {
  readonly transport: Transport
  /** No further send will be asked of it. Resolves when it is closed. */
  retire(): Promise<void>
}

export function retiring(inner: Transport): RetiringTransport {
  let sending = 0
  let onIdle: (() => void) | undefined
  const ended = () => {
    sending--
    if (sending === 0) onIdle?.()
  }
  const transport: Transport = {
    name: inner.name,
    backoff: inner.backoff,
    maxInFlight: inner.maxInFlight,
    rampUpMs: inner.rampUpMs,
    // Made when it is first asked for, which costs time.
    get credentialFingerprint() {
      return inner.credentialFingerprint
    },
    check: (content) => inner.check(content),
    preview: (content, ttlSeconds) => inner.preview(content, ttlSeconds),
    confirmationContent: (token, attempt) => inner.confirmationContent(token, attempt),
    confirmationFollowUpMs: inner.confirmationFollowUpMs,
    // The answer goes on as it comes: waiting for it here would cost every message further turns of the loop.
    send(send, signal) {
      const answer = inner.send(send, signal)
      sending++
      answer.then(ended, ended)
      return answer
    },
    ...(inner.readAddress && { readAddress: inner.readAddress.bind(inner) }),
    ...(inner.publicKey && { publicKey: inner.publicKey.bind(inner) }),
    forgetRefusal: () => inner.forgetRefusal(),
    close: () => inner.close(),
  }
  return {
    transport,
    async retire() {
      if (sending > 0) {
        await new Promise<void>((resolve) => {
          onIdle = resolve
        })
      }
      await inner.close()
    },
  }
}
