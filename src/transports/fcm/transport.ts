// FCM's HTTP v1 as a Transport: one stream per message and device, with the access token renewed when FCM refuses it.
import type { CredentialStore } from '../../model/credential-store.ts'
import type { Outcome } from '../../model/outcome.ts'
import { StateError } from '../../model/push-error.ts'
import type { Send, Transport } from '../../model/transport.ts'
import { createHttpClient } from '../../net/http-client.ts'
import { createHttp2Client, type Http2Client } from '../../net/http2-client.ts'
import { isLoopback } from '../../net/proxy.ts'
import { fcmSendPath } from '../../protocols/fcm.ts'
import type { Clock } from '../../util/clock.ts'
import type { Logger } from '../../util/logger.ts'
import type { Random } from '../../util/random.ts'
import { checkFcmContent } from './check.ts'
import { classify, type Verdict } from './classify.ts'
import type { FcmCredentials, Grant, TokenResult } from './credentials.ts'
import { defaultCredentials } from './default-credentials.ts'
import { confirmationContent, encodeMessage } from './encode.ts'
import { createGoodMessages, type GoodMessages } from './good-messages.ts'
import { textsOf } from './message-texts.ts'
import { type FcmOptions, type FcmSettings, fingerprintOf, resolveFcmOptions } from './options.ts'
import { previewFcm } from './preview.ts'
import { serviceAccountCredentials } from './service-account-credentials.ts'
import { openTokenDrawer } from './token-drawer.ts'

export interface FcmTransportInput {
  readonly options: FcmOptions
  /** The app's drawer for tokens. */
  readonly credentials: CredentialStore
  readonly clock: Clock
  readonly random: Random
  /** `sendword.fcm`. */
  readonly logger: Logger
}

/** Google's servers take a hundred streams on a connection; so many connections carry what may be in flight. */
const USUAL_STREAMS = 100
const TOKEN_CONNECTIONS = 2

/** Throws `ConfigError` when the options are not valid. Connects to nothing yet. */
export function createFcmTransport(input: FcmTransportInput): Transport {
  const settings = resolveFcmOptions(input.options)
  warnAboutSettings(settings, input.logger)
  const { origin, ca, proxy, timeoutMs, maxInFlight } = settings
  const tokens = createHttpClient({ maxConnections: TOKEN_CONNECTIONS, timeoutMs, ca, proxy })
  const http = createHttp2Client({
    origin,
    ca,
    proxy,
    timeoutMs,
    maxSessions: Math.ceil(maxInFlight / USUAL_STREAMS),
    maxWaiting: maxInFlight * 2,
  })
  const fingerprint = fingerprintOf(settings)
  const credentials = chooseCredentials({ ...input, settings, tokens, fingerprint })
  const sender: Sender = { ...input, http, credentials, headOf: createHeads(), goodMessages: createGoodMessages() }
  let closed = false
  return {
    name: 'fcm',
    backoff: settings.retry,
    maxInFlight,
    rampUpMs: settings.rampUpMs,
    credentialFingerprint: fingerprint,
    check: checkFcmContent,
    preview: previewFcm,
    confirmationContent,
    send: (send, signal) =>
      closed ? Promise.reject(new StateError('PUSH_CLOSED')) : sendMessage(sender, send, signal),
    async forgetRefusal() {
      credentials.forgetRefusal()
    },
    async close() {
      closed = true
      tokens.close()
      await http.close()
    },
  }
}

interface Sender {
  readonly credentials: FcmCredentials
  readonly http: Http2Client
  readonly headOf: (grant: Grant) => RequestHead
  readonly goodMessages: GoodMessages
  readonly clock: Clock
  readonly logger: Logger
}

interface RequestHead {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

/** What is the same in all requests with one token is made once. */
function createHeads(): (grant: Grant) => RequestHead {
  const heads = new WeakMap<Grant, RequestHead>()
  return (grant) => {
    const known = heads.get(grant)
    if (known !== undefined) return known
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${grant.token}` }
    const head = { path: fcmSendPath(grant.project), headers }
    heads.set(grant, head)
    return head
  }
}

/** At most two requests: a refused token says nothing about the message, so the message goes again with a new one. */
async function sendMessage(sender: Sender, send: Send, signal: AbortSignal | undefined): Promise<Outcome> {
  signal?.throwIfAborted()
  const first = sender.credentials.held() ?? (await sender.credentials.current(signal))
  if (first.kind !== 'token') return withoutToken(first)
  const verdict = await request(sender, { send, grant: first, signal })
  if (verdict !== 'reauthenticate') return verdict

  const second = await sender.credentials.renew(first.token, signal)
  if (second.kind !== 'token') return withoutToken(second)
  const repeated = await request(sender, { send, grant: second, signal })
  if (repeated !== 'reauthenticate') return repeated
  sender.logger.warn('FCM refused the renewed access token too')
  return { kind: 'unauthorized', reason: 'FCM refused the access token and its renewal', probe: true }
}

interface Request {
  readonly send: Send
  readonly grant: Grant
  readonly signal: AbortSignal | undefined
}

async function request(sender: Sender, { send, grant, signal }: Request): Promise<Verdict> {
  const { http, goodMessages, clock, logger } = sender
  const { path, headers } = sender.headOf(grant)
  const answer = await http.request({ method: 'POST', path, headers, body: encodeMessage(send, clock.now()) }, signal)
  const verdict = classify(answer, {
    // Read where it is asked for: most answers need none, and reading it for each message is felt.
    get now() {
      return clock.now()
    },
    isPayloadGood: goodMessages.has(send.messageId),
    hidden: () => [send.address, grant.token, ...textsOf(send.content)],
  })
  if (verdict === 'reauthenticate') {
    logger.debug('FCM refused the access token', { status: answer.status })
  } else if (verdict.kind === 'accepted') {
    goodMessages.add(send.messageId)
  } else if (verdict.kind === 'unknown') {
    logger.warn('FCM gave an answer that is not known', { reason: verdict.reason, raw: verdict.raw })
  }
  return verdict
}

function withoutToken(result: Exclude<TokenResult, { kind: 'token' }>): Outcome {
  if (result.kind === 'refused') return { kind: 'unauthorized', reason: result.reason, probe: true }
  const { reason, retryAfterMs } = result
  return { kind: 'deferred', scope: 'sender', reason, ...(retryAfterMs !== undefined && { retryAfterMs }) }
}

interface CredentialsInput extends Omit<FcmTransportInput, 'options' | 'credentials'> {
  readonly credentials: CredentialStore
  readonly settings: FcmSettings
  readonly tokens: ReturnType<typeof createHttpClient>
  readonly fingerprint: string
}

function chooseCredentials({ settings, tokens, fingerprint, ...input }: CredentialsInput): FcmCredentials {
  const { serviceAccount: account, tokenUrl, projectId, proxy, retry } = settings
  const { clock, random, logger } = input
  const pauseMs = retry.baseMs
  if (account === undefined || tokenUrl === undefined || projectId === undefined) {
    return defaultCredentials({ projectId, proxy, pauseMs, clock, logger })
  }
  const drawer = openTokenDrawer({ store: input.credentials, fingerprint, logger })
  return serviceAccountCredentials({
    account,
    project: projectId,
    tokenUrl,
    pauseMs,
    drawer,
    http: tokens,
    clock,
    random,
    logger,
  })
}

function warnAboutSettings({ origin, tokenUrl }: FcmSettings, logger: Logger): void {
  for (const url of tokenUrl === undefined ? [origin] : [origin, tokenUrl]) {
    if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
      logger.warn('FCM credentials go over plain HTTP to another machine', { host: url.host })
    }
  }
}
