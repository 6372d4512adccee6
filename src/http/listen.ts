// Taking a host and port, with errors that say what to do, and the URL that leads there.
import { once } from 'node:events'
import type { Server } from 'node:http'
import { type AddressInfo, isIP } from 'node:net'
import { ConfigError } from '../model/push-error.ts'

export interface ListenPlace {
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'something else listens there',
  EACCES: 'this user may not listen there; ports under 1024 often need a privilege',
  EADDRNOTAVAIL: 'this machine has no such address',
  EAFNOSUPPORT: 'this machine does not speak that version of IP',
  ENOTFOUND: 'no such host is known',
  EAI_AGAIN: 'the host’s name cannot be resolved now',
}

/** Answers with the URL without a slash at its end. Throws ConfigError PUSH_HTTP_LISTEN. */
export async function listen(server: Server, { host, port }: ListenPlace): Promise<string> {
  try {
    server.listen(port, host)
    await once(server, 'listening')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    const reason = REASONS[code] ?? `the system says ${code}`
    throw new ConfigError('PUSH_HTTP_LISTEN', {
      detail: `Cannot listen on ${host}, port ${port}: ${reason}.`,
      cause: error,
    })
  }
  const { port: taken } = server.address() as AddressInfo
  return `http://${reachableHost(host)}:${taken}`
}

/** A host that means every interface is no place to connect to. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return isIP(host) === 6 ? `[${host}]` : host
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}
