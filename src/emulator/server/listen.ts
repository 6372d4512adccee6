// Listening on an address, and how others reach it.
import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { EmulatorError } from '../emulator-error.ts'

/** Resolves with the port that was bound, or rejects with EMULATOR_LISTEN. */
export async function listen(server: Server, host: string, port: number): Promise<number> {
  try {
    server.listen(port, host)
    await once(server, 'listening')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    const reason = code === 'EADDRINUSE' ? 'something else listens there' : `it cannot be used (${code ?? error})`
    throw new EmulatorError(
      'EMULATOR_LISTEN',
      `The emulator cannot listen on ${host}, port ${port}: ${reason}. Give another.`,
      {
        cause: error,
      },
    )
  }
  return (server.address() as AddressInfo).port
}

/** A host that means "every interface" is no place to connect to. */
export function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}
