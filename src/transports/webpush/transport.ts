// Web Push as a Transport: one encrypted request per message and browser, to whichever push service the browser has, with
// the token signed anew where it is refused and old.
import type { CredentialStore } from '../../model/credential-store.ts'
import type { MessageContent } from '../../model/message.ts'
import type { Outcome } from '../../model/outcome.ts'
import { StateError, TransportError } from '../../model/push-error.ts'
import type { Send, Transport } from '../../model/transport.ts'
import { readWebPushAddress, type WebPushSubscription, webPushAddress } from '../../model/web-push-address.ts'
import { ADDRESS_REFUSED, checkedAddresses } from '../../net/address-policy-lookup.ts'
import { isLoopback } from '../../net/proxy.ts'
import type { Clock } from '../../util/clock.ts'
import type { Logger } from '../../util/logger.ts'
import { fillReceipt } from '../receipt-slot.ts'
import { checkWebPushContent } from './check.ts'
import { classify, type Verdict } from './classify.ts'
import { type Connections, createConnections } from './connections.ts'
import { confirmationContent, encodePlaintext } from './encode.ts'
import { MAX_PLAINTEXT_BYTES } from './encrypt.ts'
import { createEncryption, type Encryption } from './encryption.ts'
import { createEndpointPolicy, type EndpointPolicy, type ServiceName } from './endpoint-policy.ts'
import { requestHeaders } from './headers.ts'
import { fingerprintOf, resolveWebPushOptions, type WebPushOptions, type WebPushSettings } from './options.ts'
import { previewWebPush } from './preview.ts'
import { openVapidDrawer, type VapidDrawer } from './vapid-drawer.ts'
import { createVapidTokens, type VapidTokens } from './vapid-tokens.ts'

export interface WebPushTransportInput {
  readonly options: WebPushOptions
  /** The app's drawer for the VAPID key pair. */
  readonly credentials: CredentialStore
  readonly clock: Clock
  /** `sendword.webpush`. */
  readonly logger: Logger
}

/** Throws `ConfigError` when the options are not valid. Connects to nothing yet. */
export function createWebPushTransport({ options, credentials, clock, logger }: WebPushTransportInput): Transport {
  const settings = resolveWebPushOptions(options)
  warnAboutSettings(settings, logger)
  const policy = createEndpointPolicy(settings)
  const { resolve, subject } = settings
  const connections = createConnections({
    ...settings,
    addressesOf: checkedAddresses({ resolve, allowsPrivate: policy.allowsPrivate }),
  })
  const encryption = createEncryption(settings.encryptionThreads)
  const drawer = openVapidDrawer({ given: settings.keys, store: credentials, clock, logger })
  const tokens = sharedTokens({ drawer, subject, clock })
  const sender: Sender = { policy, connections, encryption, tokens, plaintexts: new WeakMap(), clock, logger }
  let closed = false
  return {
    name: 'webpush',
    backoff: settings.retry,
    maxInFlight: settings.maxInFlight,
    credentialFingerprint: fingerprintOf(settings),
    check: checkWebPushContent,
    preview: previewWebPush,
    confirmationContent,
    readAddress(given) {
      const value = webPushAddress(given)
      const subscription = value === undefined ? undefined : readWebPushAddress(value)
      if (value === undefined || subscription === undefined)
        return { problem: 'is no push subscription with its keys.' }
      const verdict = policy.judge(subscription.endpoint)
      return 'problem' in verdict ? verdict : { value }
    },
    async publicKey() {
      return (await drawer.current()).publicKey
    },
    async send(send, signal) {
      if (closed) throw new StateError('PUSH_CLOSED')
      signal?.throwIfAborted()
      return sendMessage(sender, send, signal)
    },
    async forgetRefusal() {
      ;(await tokens()).clear()
    },
    async close() {
      closed = true
      await Promise.all([connections.close(), encryption.close()])
    },
  }
}

interface Sender {
  readonly policy: EndpointPolicy
  readonly connections: Connections
  readonly encryption: Encryption
  readonly tokens: () => Promise<VapidTokens>
  /** One message goes to many browsers. */
  readonly plaintexts: WeakMap<MessageContent, Buffer>
  readonly clock: Clock
  readonly logger: Logger
}

async function sendMessage(sender: Sender, send: Send, signal: AbortSignal | undefined): Promise<Outcome> {
  const subscription = readWebPushAddress(send.address)
  if (subscription === undefined) return { kind: 'unregistered', reason: 'no push subscription', unsent: true }
  const verdict = sender.policy.judge(subscription.endpoint)
  // The operator may allow its host again, so it is the message that ends.
  if ('problem' in verdict) return { kind: 'rejected', reason: 'endpoint not allowed', unsent: true }
  const plaintext = plaintextOf(sender, send)
  if (plaintext.length > MAX_PLAINTEXT_BYTES) return { kind: 'rejected', reason: 'message too big', unsent: true }
  const { p256dh, auth } = subscription
  const body = await sender.encryption.encrypt({ p256dh, auth, plaintext })
  if (body === undefined) {
    return { kind: 'unregistered', reason: 'keys that nothing can be encrypted for', unsent: true }
  }
  signal?.throwIfAborted()
  return await deliver(sender, { send, subscription, service: verdict.service, body, signal })
}

interface Delivery {
  readonly send: Send
  readonly subscription: WebPushSubscription
  readonly service: ServiceName
  readonly body: Buffer
  readonly signal: AbortSignal | undefined
}

/** At most two requests: a refused token says nothing about the message, so the message goes again with a new one. */
async function deliver(sender: Sender, delivery: Delivery): Promise<Outcome> {
  const { origin } = delivery.subscription.endpoint
  const tokens = await sender.tokens()
  const first = tokens.current(origin)
  let verdict = await request(sender, delivery, first)
  if (verdict.kind === 'reauthenticate') {
    const second = tokens.renew(origin, first)
    if (second !== undefined) verdict = await request(sender, delivery, second)
  }
  if (verdict.kind === 'accepted') tokens.noteTaken(origin)
  if (verdict.kind !== 'reauthenticate') return verdict

  const { reason } = verdict
  sender.logger.warn('a push service refused the VAPID token', { origin, reason })
  // One push service, or a stranger's subscription at it, is no reason to stop all others.
  if (tokens.isTakenElsewhere(origin)) return { kind: 'deferred', reason, scope: 'device' }
  return { kind: 'unauthorized', reason, probe: true }
}

async function request(sender: Sender, delivery: Delivery, authorization: string): Promise<Verdict> {
  const { send, subscription, service, body, signal } = delivery
  const { endpoint } = subscription
  const { content, ttlSeconds, messageId } = send
  const headers = requestHeaders({ content, ttlSeconds, service, authorization, bytes: body.length })
  try {
    const answer = await sender.connections.request({ endpoint, headers, body }, signal)
    const hidden = () => [send.address, endpoint.href, ...secretsOf(endpoint), authorization, ...textsOf(content)]
    const verdict = classify(answer, { now: sender.clock.now(), messageId, endpoint, hidden })
    if (verdict.kind === 'unknown') {
      const { reason, raw } = verdict
      sender.logger.warn('a push service gave an answer that is not known', { origin: endpoint.origin, reason, raw })
    }
    return verdict
  } catch (error) {
    if (!isAddressRefused(error)) throw error
    sender.logger.warn('a host leads to addresses that nothing is sent to', { host: endpoint.hostname })
    return { kind: 'deferred', scope: 'device', reason: 'the addresses of the endpoint’s host are not public' }
  }
}

function plaintextOf({ plaintexts }: Sender, { content, receipt }: Send): Buffer {
  const known = plaintexts.get(content) ?? Buffer.from(encodePlaintext(content))
  plaintexts.set(content, known)
  return content.receipts ? Buffer.from(fillReceipt(known.toString(), receipt)) : known
}

function isAddressRefused(error: unknown): boolean {
  if (!(error instanceof TransportError) || !(error.cause instanceof Error)) return false
  return 'code' in error.cause && error.cause.code === ADDRESS_REFUSED
}

/** Parts of the path that are long enough to be what the address is known by. */
function secretsOf({ pathname }: URL): string[] {
  return pathname.split('/').filter((part) => part.length >= 8)
}

function textsOf({ data, notification }: MessageContent): string[] {
  const shown = [notification?.title, notification?.body, notification?.image, notification?.url]
  return [...Object.values(data), ...shown].filter((text) => text !== undefined && text !== '') as string[]
}

interface SharedTokens {
  readonly drawer: VapidDrawer
  readonly subject: string
  readonly clock: Clock
}

/** The tokens of the key pair, which is looked for when it is first needed. */
function sharedTokens({ drawer, subject, clock }: SharedTokens): () => Promise<VapidTokens> {
  let tokens: VapidTokens | undefined
  return async () => {
    if (tokens !== undefined) return tokens
    const keys = await drawer.current()
    tokens ??= createVapidTokens({ keys, subject, clock })
    return tokens
  }
}

function warnAboutSettings({ hasOwnSubject, allowPrivateAddresses }: WebPushSettings, logger: Logger): void {
  if (!hasOwnSubject) {
    logger.warn('vapid.subject is not set: push services cannot reach you before they block you, and some refuse')
  }
  const hosts = allowPrivateAddresses.filter((host) => !isLoopback(host))
  if (hosts.length > 0) logger.warn('Web Push may send into private networks', { hosts })
}
