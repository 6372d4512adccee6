// A connection to an origin: through a proxy where there is one, with TLS that is always verified.
import { once } from 'node:events'
import net, { type Socket } from 'node:net'
import tls from 'node:tls'
import { openTunnel, type ProxyOptions, proxyFor } from './proxy.ts'

export interface SocketOptions {
  /** PEM certificates trusted instead of those that Node trusts by default. */
  readonly ca?: string | readonly string[] | undefined
  readonly proxy?: ProxyOptions | undefined
}

/**
 * Speaks the protocol `alpn` once it stands. Rejects with an Error whose `code` says why, and with the signal's reason
 * when `signal` aborts.
 */
export async function openSocket(
  origin: URL,
  { alpn, ca, proxy }: SocketOptions & { readonly alpn: string },
  signal: AbortSignal,
): Promise<Socket> {
  const isSecure = origin.protocol === 'https:'
  const host = origin.hostname.replace(/^\[(.*)\]$/, '$1')
  const port = Number(origin.port || (isSecure ? 443 : 80))
  const through = proxyFor(origin, proxy)
  const socket =
    through === undefined ? await connected(net.connect({ host, port }), 'connect', signal) : await tunnel(through)
  socket.setNoDelay(true)
  if (!isSecure) return socket
  const secure = await connected(
    tls.connect({
      socket,
      ca: ca === undefined ? undefined : [ca].flat(),
      ALPNProtocols: [alpn],
      // An address is no server name (RFC 6066 §3); the certificate is held to it all the same.
      ...(net.isIP(host) === 0 ? { servername: host } : { host }),
      rejectUnauthorized: true,
    }),
    'secureConnect',
    signal,
  )
  if (secure.alpnProtocol === alpn) return secure
  secure.destroy()
  throw Object.assign(new Error(`the other side does not speak ${alpn}`), { code: 'ALPN' })

  function tunnel(url: URL): Promise<Socket> {
    return openTunnel(url, `${origin.hostname}:${port}`, signal)
  }
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
