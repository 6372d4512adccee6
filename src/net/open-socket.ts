// A connection to an origin: through a proxy where there is one, with TLS that is always verified.
import { once } from 'node:events'
import net, { type LookupFunction, type Socket } from 'node:net'
import tls from 'node:tls'
import { openTunnel, type ProxyOptions, proxyFor } from './proxy.ts'
import { untilAborted } from './until-aborted.ts'

/** Names of protocols that TLS negotiates (RFC 7301). */
export type Alpn = 'h2' | 'http/1.1'

export interface SocketOptions {
  /** PEM certificates trusted instead of those that Node trusts by default. */
  readonly ca?: string | readonly string[] | undefined
  readonly proxy?: ProxyOptions | undefined
  /** PEM: what shows the other side who we are. */
  readonly clientCertificate?: { readonly certificate: string; readonly key: string } | undefined
  /**
   * The IP addresses that a host may be connected to; rejects where there is none. Default: those of the system's
   * resolver, and through a proxy the proxy's.
   */
  readonly addressesOf?: ((hostname: string) => Promise<readonly string[]>) | undefined
}

/**
 * Speaks the protocol `alpn` once it stands. Rejects with an Error whose `code` says why, and with the signal's reason
 * when `signal` aborts.
 */
export async function openSocket(
  origin: URL,
  { alpn, ca, proxy, clientCertificate, addressesOf }: SocketOptions & { readonly alpn: Alpn },
  signal: AbortSignal,
): Promise<Socket> {
  const isSecure = origin.protocol === 'https:'
  const host = origin.hostname.replace(/^\[(.*)\]$/, '$1')
  const port = Number(origin.port || (isSecure ? 443 : 80))
  const through = proxyFor(origin, proxy)
  const addresses = addressesOf && (await untilAborted(addressesOf(host), signal))
  const socket = await (through === undefined ? straight() : tunnel(through))
  socket.setNoDelay(true)
  if (!isSecure) return socket
  const secure = await connected(
    tls.connect({
      socket,
      ca: ca === undefined ? undefined : [ca].flat(),
      ...(clientCertificate && { cert: clientCertificate.certificate, key: clientCertificate.key }),
      ALPNProtocols: [alpn],
      // An address is no server name (RFC 6066 §3); the certificate is held to it all the same.
      ...(net.isIP(host) === 0 ? { servername: host } : { host }),
      rejectUnauthorized: true,
    }),
    'secureConnect',
    signal,
  )
  // A server of HTTP/1.1 need not know ALPN.
  if ((secure.alpnProtocol || 'http/1.1') === alpn) return secure
  secure.destroy()
  throw Object.assign(new Error(`the other side does not speak ${alpn}`), { code: 'ALPN' })

  function straight(): Promise<Socket> {
    return connected(net.connect({ host, port, ...(addresses && { lookup: onlyTo(addresses) }) }), 'connect', signal)
  }

  function tunnel(url: URL): Promise<Socket> {
    const target = addresses?.[0] ?? host
    return openTunnel(url, `${net.isIPv6(target) ? `[${target}]` : target}:${port}`, signal)
  }
}

/** In the place of a resolver: no second look at the name, which might by now give other addresses. */
function onlyTo(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: net.isIP(address) }))
  return (_hostname, { all }, callback) => {
    const [first] = found
    if (all) callback(null, found)
    else callback(null, first?.address ?? '', first?.family)
  }
}

/** Whether a connection failed because the other side does not speak the protocol that was asked for. */
export function isAlpnFailure(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return code === 'ALPN' || code.endsWith('ALERT_NO_APPLICATION_PROTOCOL')
}

async function connected<S extends Socket>(socket: S, event: string, signal: AbortSignal): Promise<S> {
  try {
    await once(socket, event, { signal })
    return socket
  } catch (error) {
    // A late error of a connection that was given up belongs to nobody.
    socket.on('error', () => {})
    socket.destroy()
    throw signal.aborted ? signal.reason : error
  }
}
