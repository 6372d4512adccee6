// Push services that answer each message to each address as it is written, one answer for each send, and note all that
// they were sent, by whom and when.
import type { TransportName } from '../../src/model/address.ts'
import type { Outcome } from '../../src/model/outcome.ts'
import { TransportError } from '../../src/model/push-error.ts'
import type { Send, Transport } from '../../src/model/transport.ts'
import type { BackoffPolicy } from '../../src/util/backoff.ts'
import type { MortalProcess } from './mortal-process.ts'

/** `lost`: nobody knows whether the message was taken. */
export type Answer = (Outcome | { readonly kind: 'lost' }) & {
  /** Milliseconds until it comes. */
  readonly after: number
}

export interface Sent {
  /** The message's own name: its `data.name`. */
  readonly message: string
  readonly address: string
  readonly by: MortalProcess
  readonly at: number
  readonly answer: Answer
  readonly ttlSeconds: number | undefined
}

/** What is left to answer, by message and address. */
export type Script = (message: string, address: string) => readonly Answer[]

export interface ScriptedService {
  readonly sent: Sent[]
  /** Called when a send has begun. */
  onSend: (() => void) | undefined
  /** The transports of a process. */
  serve(process: MortalProcess): ReadonlyMap<TransportName, Transport>
}

export interface ScriptedServiceInput {
  readonly transports: readonly TransportName[]
  readonly script: Script
  readonly maxInFlight: number
  readonly backoff: BackoffPolicy
}

const TAKEN: Answer = { kind: 'accepted', providerId: 'p', after: 0 }

export function createScriptedService({
  transports,
  script,
  maxInFlight,
  backoff,
}: ScriptedServiceInput): ScriptedService {
  const sent: Sent[] = []
  const times = new Map<string, number>()

  function judge(send: Send, by: MortalProcess): Answer {
    const message = send.content.data.name ?? ''
    const key = `${message} ${send.address}`
    const before = times.get(key) ?? 0
    times.set(key, before + 1)
    const answer = script(message, send.address)[before] ?? TAKEN
    sent.push({ message, address: send.address, by, at: by.clock.now(), answer, ttlSeconds: send.ttlSeconds })
    service.onSend?.()
    return answer
  }

  const serveOne = (name: TransportName, process: MortalProcess): Transport => ({
    name,
    backoff,
    maxInFlight,
    credentialFingerprint: 'one',
    check: () => undefined,
    preview: () => {
      throw new Error('Nobody asks for it here.')
    },
    confirmationContent: () => ({ data: {} }),
    send: (send, signal) =>
      process.alive(async () => {
        process.step()
        const { after, ...answer } = judge(send, process)
        if (after > 0) await process.clock.sleep(after, signal)
        process.step()
        if (answer.kind === 'lost') throw new TransportError('PUSH_TRANSPORT_UNANSWERED')
        return answer
      }),
    forgetRefusal: async () => undefined,
    close: async () => undefined,
  })

  const service: ScriptedService = {
    sent,
    onSend: undefined,
    serve: (process) => new Map(transports.map((name) => [name, serveOne(name, process)])),
  }
  return service
}

/** Whether nothing is to follow it: the push service has judged the message for this device. */
export function isFinal({ kind }: Answer): boolean {
  return kind === 'accepted' || kind === 'rejected' || kind === 'unregistered'
}
