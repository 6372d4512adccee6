// Where a message may be sent to. An endpoint comes from a device, and whoever sends to whatever a stranger names can be
// made to send into his own network: so only hosts that are listed, and only the paths of their push services.
import { isIP } from 'node:net'
import { isLoopback } from '../../net/proxy.ts'
import { WEB_PUSH_SERVICES, type WebPushService } from '../../protocols/web-push-services.ts'

/** `other`: a host that the operator allows, such as a server of UnifiedPush. */
export type ServiceName = WebPushService['name'] | 'other'

export type EndpointVerdict =
  | { readonly service: ServiceName }
  /** Completes «The address …»; shows nothing of it but its host. */
  | { readonly problem: string }

export interface EndpointPolicy {
  judge(endpoint: URL): EndpointVerdict
  allowsPrivate(hostname: string): boolean
}

export interface EndpointPolicyInput {
  /** `push.example.org`, `*.example.org`, either with `:port`; `http://` before this machine's own names only. */
  readonly allowedHosts: readonly string[]
  /** Of those, the ones that may lie in a private network. */
  readonly allowPrivateAddresses: readonly string[]
}

const NAME = /^(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/
const PATTERN = /^(http:\/\/)?(.+?)(?::(\d{1,5}))?$/

export function isHostPattern(text: string): boolean {
  const { isPlain, name } = readPattern(text)
  return (NAME.test(name) || /^\[[0-9a-f:.]+\]$/.test(name)) && (!isPlain || isLoopback(name))
}

const SERVICES = WEB_PUSH_SERVICES.map((service) => ({ ...service, pattern: readPattern(service.host) }))

export function createEndpointPolicy({ allowedHosts, allowPrivateAddresses }: EndpointPolicyInput): EndpointPolicy {
  // Every send is judged: the patterns are read once.
  const allowed = allowedHosts.map(readPattern)
  const privateNames = allowPrivateAddresses.map((pattern) => readPattern(pattern).name)
  return {
    judge(endpoint) {
      if (endpoint.username !== '' || endpoint.password !== '') return { problem: 'has a user or a password in it.' }
      // `port` is empty for 443. What the operator lists goes first: an emulator may stand under a push service's name.
      if (allowed.some((pattern) => covers(pattern, endpoint))) return { service: 'other' }
      if (endpoint.protocol !== 'https:') return { problem: 'is not an https:// URL.' }
      const service = SERVICES.find(
        ({ pattern, except }) => covers(pattern, endpoint) && !except?.test(endpoint.hostname),
      )
      if (service === undefined) return { problem: unlisted(endpoint) }
      const isPush = service.paths.some((path) => endpoint.pathname.startsWith(path))
      return isPush ? { service: service.name } : { problem: `is none of the push service at ${endpoint.host}.` }
    },
    allowsPrivate(hostname) {
      const name = isIP(hostname) === 6 ? `[${hostname}]` : hostname
      return privateNames.some((pattern) => coversName(pattern, name))
    },
  }
}

interface HostPattern {
  readonly isPlain: boolean
  readonly name: string
  readonly port: string
}

function readPattern(text: string): HostPattern {
  const [, scheme, name = '', port = ''] = PATTERN.exec(text) ?? []
  return { isPlain: scheme !== undefined, name, port }
}

function covers({ isPlain, name, port: only }: HostPattern, { protocol, hostname, port }: URL): boolean {
  if (protocol !== (isPlain ? 'http:' : 'https:')) return false
  // A URL has no port where it is its scheme's own.
  return (only === (isPlain ? '80' : '443') ? '' : only) === port && coversName(name, hostname)
}

/** On a dot boundary: `*.example.org` covers no `badexample.org`, and not `example.org` itself. */
function coversName(pattern: string, hostname: string): boolean {
  return pattern.startsWith('*.') ? hostname.endsWith(pattern.slice(1)) : hostname === pattern
}

function unlisted({ host }: URL): string {
  // Edge and some forks of Chromium hand this out for a subscription that they have given up.
  if (host === 'permanently-removed.invalid') return 'is one that the browser has given up.'
  return `is at ${host}, which this app does not send to.`
}
