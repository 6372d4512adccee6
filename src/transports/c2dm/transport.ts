// C2DM as a Transport: one request per message and device, with the token renewed when C2DM refuses it.
import type { CredentialStore } from '../../model/credential-store.ts'
import type { Outcome } from '../../model/outcome.ts'
import { StateError } from '../../model/push-error.ts'
import type { Send, Transport } from '../../model/transport.ts'
import { createHttpClient, type HttpClient } from '../../net/http-client.ts'
import { UPDATE_CLIENT_AUTH_HEADER } from '../../protocols/c2dm.ts'
import type { Clock } from '../../util/clock.ts'
import type { Logger } from '../../util/logger.ts'
import type { Random } from '../../util/random.ts'
import { accountCredentials } from './account.ts'
import { checkC2dmContent } from './check.ts'
import { classify, type Verdict } from './classify.ts'
import { type CredentialDrawer, fingerprintOf, forgetLoginRefusal, openCredentialDrawer } from './credential-drawer.ts'
import type { C2dmCredentials, TokenResult } from './credentials.ts'
import { confirmationContent, encodeForm, encodeHeaders } from './encode.ts'
import { givenTokenCredentials } from './given-token.ts'
import { type C2dmOptions, type C2dmSettings, isToken, resolveC2dmOptions } from './options.ts'
import { previewC2dm } from './preview.ts'

export interface C2dmTransportInput {
  readonly options: C2dmOptions
  /** The app's drawer for tokens. */
  readonly credentials: CredentialStore
  readonly clock: Clock
  readonly random: Random
  /** `sendword.c2dm`. */
  readonly logger: Logger
}

/** Throws `ConfigError` when the options are not valid. Connects to nothing yet. */
export function createC2dmTransport(input: C2dmTransportInput): Transport {
  const settings = resolveC2dmOptions(input.options)
  warnAboutSettings(settings, input)
  const http = createHttpClient({
    maxConnections: settings.maxInFlight,
    timeoutMs: settings.timeoutMs,
    ca: settings.ca,
  })
  const fingerprint = once(() => fingerprintOf(settings.credential))
  const drawer = openCredentialDrawer({ ...input, store: input.credentials, fingerprint })
  const sender: Sender = {
    ...input,
    settings,
    http,
    credentials: chooseCredentials({ ...input, settings, http, drawer }),
  }
  let closed = false
  return {
    name: 'c2dm',
    backoff: settings.retry,
    maxInFlight: settings.maxInFlight,
    get credentialFingerprint() {
      return fingerprint()
    },
    check: checkC2dmContent,
    preview: previewC2dm,
    confirmationContent,
    async send(send, signal) {
      if (closed) throw new StateError('PUSH_CLOSED')
      signal?.throwIfAborted()
      return sendMessage(sender, send, signal)
    },
    forgetRefusal: () => forgetLoginRefusal(input.options, input.credentials),
    async close() {
      closed = true
      http.close()
    },
  }
}

interface Sender {
  readonly settings: C2dmSettings
  readonly credentials: C2dmCredentials
  readonly http: HttpClient
  readonly clock: Clock
  readonly logger: Logger
}

/** At most two requests: a refused token says nothing about the message, so the message goes again with a new one. */
async function sendMessage(sender: Sender, send: Send, signal: AbortSignal | undefined): Promise<Outcome> {
  const first = await sender.credentials.current(signal)
  if (first.kind !== 'token') return withoutToken(first)
  const verdict = await request(sender, { send, token: first.token, signal })
  if (verdict !== 'reauthenticate') return verdict

  const second = await sender.credentials.renew(first.token, signal)
  if (second.kind !== 'token') return withoutToken(second)
  const repeated = await request(sender, { send, token: second.token, signal })
  if (repeated !== 'reauthenticate') return repeated
  sender.logger.warn('C2DM refused the renewed token too')
  return { kind: 'unauthorized', reason: 'C2DM refused the token and its renewal', probe: true }
}

interface Request {
  readonly send: Send
  readonly token: string
  readonly signal: AbortSignal | undefined
}

async function request(sender: Sender, { send, token, signal }: Request): Promise<Verdict> {
  const { http, settings, credentials, clock, logger } = sender
  const answer = await http.request(
    { method: 'POST', url: settings.sendUrl, headers: encodeHeaders(token), body: encodeForm(send) },
    signal,
  )
  const verdict = classify(answer, { now: clock.now(), hidden: [send.address, token] })
  if (verdict === 'reauthenticate') logger.debug('C2DM refused the token', { status: answer.status })
  else if (answer.status === 200) credentials.worked(token)
  if (verdict !== 'reauthenticate' && verdict.kind === 'unknown') {
    logger.warn('C2DM gave an answer that is not known', { reason: verdict.reason, raw: verdict.raw })
  }
  // For the requests that follow. This message has been judged, and is not sent again because of it.
  const replacement = answer.headers[UPDATE_CLIENT_AUTH_HEADER]
  if (typeof replacement === 'string' && isToken(replacement)) await credentials.replace(replacement)
  return verdict
}

function withoutToken(result: Exclude<TokenResult, { kind: 'token' }>): Outcome {
  if (result.kind === 'refused') return { kind: 'unauthorized', reason: result.reason, probe: result.probe }
  const { reason, retryAfterMs } = result
  return { kind: 'deferred', scope: 'sender', reason, ...(retryAfterMs !== undefined && { retryAfterMs }) }
}

interface CredentialsInput extends Omit<C2dmTransportInput, 'options' | 'credentials'> {
  readonly settings: C2dmSettings
  readonly http: HttpClient
  readonly drawer: CredentialDrawer
}

function chooseCredentials(input: CredentialsInput): C2dmCredentials {
  const { credential } = input.settings
  return credential.kind === 'token'
    ? givenTokenCredentials({ ...input, given: credential.token })
    : accountCredentials({ ...input, account: credential })
}

function warnAboutSettings(
  { credential, sendUrl, clientLoginUrl }: C2dmSettings,
  { options, logger }: C2dmTransportInput,
): void {
  if (credential.kind === 'account' && options.token !== undefined) {
    logger.warn('C2DM_AUTH_TOKEN is not used, because user and password are given')
  }
  if (credential.kind === 'token') {
    logger.warn(
      'C2DM uses a given token: ClientLogin tokens change; user and password let Sendword renew it ' +
        '(C2DM_AUTH_USER, C2DM_AUTH_PASSWORD)',
    )
  }
  for (const url of credential.kind === 'token' ? [sendUrl] : [sendUrl, clientLoginUrl]) {
    if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
      logger.warn('C2DM credentials go over plain HTTP to another machine', { host: url.host })
    }
  }
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
