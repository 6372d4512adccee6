// APNs as a Transport: one stream per notification and device, production and sandbox each over sessions of its own.
import type { MessageContent } from '../../model/message.ts'
import type { Outcome } from '../../model/outcome.ts'
import { StateError } from '../../model/push-error.ts'
import type { Send, Transport } from '../../model/transport.ts'
import { isLoopback } from '../../net/proxy.ts'
import { APNS_DEVICE_PATH, type ApnsEnvironment } from '../../protocols/apns.ts'
import type { Clock } from '../../util/clock.ts'
import type { Logger } from '../../util/logger.ts'
import { fillReceipt } from '../receipt-slot.ts'
import { checkApnsContent } from './check.ts'
import { classify, type Remedy, type Verdict } from './classify.ts'
import { confirmationContent } from './confirmation.ts'
import { normaliseAddress, readDeviceAddress } from './device-address.ts'
import { apnsIdOf, createEncoder, type EncodedContent, expirationOf } from './encode.ts'
import { createLine, type Line } from './line.ts'
import { type ApnsOptions, type ApnsSettings, fingerprintOf, resolveApnsOptions } from './options.ts'
import { previewApns } from './preview.ts'
import { type ProviderToken, shareProviderToken } from './provider-token.ts'

export interface ApnsTransportInput {
  readonly options: ApnsOptions
  readonly clock: Clock
  /** `sendword.apns`. */
  readonly logger: Logger
}

/** Throws `ConfigError` when the options are not valid. Connects to nothing yet. */
export function createApnsTransport({ options, clock, logger }: ApnsTransportInput): Transport {
  const settings = resolveApnsOptions(options)
  warnAboutSettings(settings, logger)
  const shared = settings.credential.kind === 'key' ? shareProviderToken(settings.credential) : undefined
  const lines = { production: createLine('production', settings), sandbox: createLine('sandbox', settings) }
  const replaceSessions = () => {
    for (const line of Object.values(lines)) line.replace(line.generation)
  }
  // A session that has seen a token may not see another soon after.
  const subscription = shared?.token.subscribe(replaceSessions)
  const sender: Sender = { settings, token: shared?.token, lines, encode: createEncoder(settings.topic), clock, logger }
  let closed = false
  return {
    name: 'apns',
    backoff: settings.retry,
    maxInFlight: settings.maxInFlight,
    credentialFingerprint: fingerprintOf(settings),
    check: checkApnsContent,
    preview: (content, ttlSeconds) => previewApns(content, ttlSeconds, settings.topic),
    confirmationContent: (token, attempt) => confirmationContent(token, attempt, settings.confirmationText),
    confirmationFollowUpMs: settings.confirmationFollowUpMs,
    async send(send, signal) {
      if (closed) throw new StateError('PUSH_CLOSED')
      signal?.throwIfAborted()
      return sendMessage(sender, send, signal)
    },
    readAddress: (given) => normaliseAddress(given, settings.environment),
    async forgetRefusal() {
      // Apple wants sessions to end when a key was revoked; what is taken again is seen on new ones.
      replaceSessions()
    },
    async close() {
      if (closed) return
      closed = true
      subscription?.unsubscribe()
      shared?.release()
      await Promise.all(Object.values(lines).map((line) => line.close()))
    },
  }
}

/** At least so many fit into what is left of a life. */
const TRIES_IN_AN_OUTAGE = 4

interface Sender {
  readonly settings: ApnsSettings
  /** Undefined: a certificate says who we are. */
  readonly token: ProviderToken | undefined
  readonly lines: Readonly<Record<ApnsEnvironment, Line>>
  readonly encode: (send: Send) => EncodedContent
  readonly clock: Clock
  readonly logger: Logger
}

/** At most two requests: what APNs says of token and session says nothing about the notification. */
async function sendMessage(sender: Sender, send: Send, signal: AbortSignal | undefined): Promise<Outcome> {
  const first = await request(sender, send, signal)
  const { remedy } = first.verdict
  if (remedy === undefined) return first.verdict.outcome

  mend(sender, first, remedy)
  const second = await request(sender, send, signal)
  if (second.verdict.remedy === undefined) sender.logger.debug('APNs took the second try', { remedy })
  else sender.logger.warn('APNs answered the second try like the first', { remedy: second.verdict.remedy })
  return second.verdict.outcome
}

interface Attempt {
  readonly verdict: Verdict
  readonly line: Line
  /** What it went out with. */
  readonly jwt: string
  readonly generation: number
}

function mend({ token, clock }: Sender, { line, jwt, generation }: Attempt, remedy: Remedy): void {
  switch (remedy) {
    case 'renew the token':
      token?.replace(jwt, clock.now())
      break
    case 'take the last token back':
      token?.takeBack(jwt, clock.now())
      break
    case 'change the session':
      line.replace(generation)
  }
}

async function request(sender: Sender, send: Send, signal: AbortSignal | undefined): Promise<Attempt> {
  const { settings, token, lines, clock } = sender
  const { environment, token: deviceToken } = readDeviceAddress(send.address, settings.environment)
  const line = lines[environment]
  const { payload, headers } = sender.encode(send)
  const body = send.content.receipts ? fillReceipt(payload, send.receipt) : payload
  const apnsId = apnsIdOf(send.messageId, deviceToken)
  const expiration = expirationOf(send.ttlSeconds, clock.now())
  let jwt = ''
  let { generation } = line
  const answer = await line.request(
    {
      method: 'POST',
      path: `${APNS_DEVICE_PATH}${encodeURIComponent(deviceToken)}`,
      // While it waits for a stream, token and sessions may be replaced.
      headers() {
        jwt = token?.current(clock.now()) ?? ''
        generation = line.generation
        return {
          ...(token && { authorization: `bearer ${jwt}` }),
          'apns-id': apnsId,
          ...(expiration !== undefined && { 'apns-expiration': expiration }),
          ...headers,
        }
      },
      body,
    },
    signal,
  )
  const verdict = classify(answer, {
    now: clock.now(),
    outageMs: outageWaitMs(settings.outageMs, send.ttlSeconds),
    apnsId,
    addressSince: send.addressSince,
    isTopicOfMessage: saysTopic(send.content),
    isOtherEnvironment: environment !== settings.environment,
    hidden: () => [deviceToken, jwt, ...textsOf(JSON.parse(payload))],
  })
  if (verdict.outcome.kind === 'unknown') {
    const { reason, raw } = verdict.outcome
    sender.logger.warn('APNs gave an answer that is not known', { reason, raw })
  }
  return { verdict, line, jwt, generation }
}

/** Apple's quarter of an hour would end what lives no longer than that at its first try; so it waits a part of its life. */
function outageWaitMs(askedMs: number, ttlSeconds: number | undefined): number {
  if (ttlSeconds === undefined) return askedMs
  return Math.min(askedMs, Math.ceil((ttlSeconds * 1000) / TRIES_IN_AN_OUTAGE))
}

function saysTopic({ overrides }: MessageContent): boolean {
  const { 'apns-push-type': pushType, 'apns-topic': topic } = overrides?.apns?.headers ?? {}
  return pushType !== undefined || topic !== undefined
}

/** Every text of a payload, at any depth. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return value === '' ? [] : [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : []
}

function warnAboutSettings({ origins }: ApnsSettings, logger: Logger): void {
  for (const { protocol, hostname, host } of Object.values(origins)) {
    if (protocol === 'http:' && !isLoopback(hostname)) {
      logger.warn('APNs tokens go over plain HTTP to another machine', { host })
    }
  }
}
