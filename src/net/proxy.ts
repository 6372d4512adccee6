// Which connections go through an HTTP proxy, and the tunnel through it (CONNECT, RFC 9110 §9.3.6).
import http from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'

export interface ProxyOptions {
  /** http:// or https:// URL of the proxy; its user and password go along as Basic authentication. */
  readonly url: string
  /**
   * Hosts that are reached without it: a name stands for itself and what is below it, with or without a leading dot;
   * `*` for all. This machine's own addresses never go through a proxy.
   */
  readonly except?: readonly string[] | undefined
}

/** The URL of the proxy for `target`; undefined: straight. */
export function proxyFor(target: URL, proxy: ProxyOptions | undefined): URL | undefined {
  if (proxy === undefined || isLoopback(target.hostname)) return undefined
  const host = target.hostname.toLowerCase()
  const isExcepted = (proxy.except ?? []).some((pattern) => covers(pattern.trim().toLowerCase(), host, target.port))
  return isExcepted ? undefined : new URL(proxy.url)
}

export function isLoopback(hostname: string): boolean {
  return /^(localhost|.+\.localhost|\[::1\]|127\.\d+\.\d+\.\d+)$/.test(hostname)
}

function covers(pattern: string, host: string, port: string): boolean {
  if (pattern === '*') return true
  const [, name = '', only] = /^\*?\.?(.+?)(?::(\d+))?$/.exec(pattern) ?? []
  if (only !== undefined && only !== (port || '443')) return false
  return name !== '' && (host === name || host.endsWith(`.${name}`))
}

/** A connection to `target` (host:port) through the proxy. Rejects with an Error whose `code` says why. */
export function openTunnel(proxy: URL, target: string, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const request = (proxy.protocol === 'https:' ? https : http).request(proxy, {
      method: 'CONNECT',
      path: target,
      headers: { Host: target, ...basicAuthentication(proxy) },
      agent: false,
      auth: null,
      signal,
    })
    request.once('connect', ({ statusCode = 0 }, socket: Socket, head: Buffer) => {
      if (statusCode < 200 || statusCode > 299) return refuse(socket, statusCode)
      socket.setTimeout(0)
      if (head.length > 0) socket.unshift(head)
      resolve(socket)
    })
    // Without a tunnel there is an ordinary answer: the proxy does not know CONNECT, or forbids it.
    request.once('response', (response) => refuse(response.socket, response.statusCode ?? 0))
    request.once('error', (error) => reject(named(error, 'by the proxy')))
    request.end()

    function refuse(socket: Socket, status: number): void {
      socket.destroy()
      reject(Object.assign(new Error(`the proxy answered ${status}`), { code: `PROXY_${status}` }))
    }
  })
}

function named(error: Error, where: string): Error {
  const code = 'code' in error ? String(error.code) : error.name
  return Object.assign(new Error(`${where}: ${error.message}`), { code })
}

function basicAuthentication({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {}
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { 'Proxy-Authorization': `Basic ${Buffer.from(credentials).toString('base64')}` }
}
