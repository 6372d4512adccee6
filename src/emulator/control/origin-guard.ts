// Keeps web pages of others out of the control API, which asks nobody for a password. A browser sends any page's requests to
// this machine: those of another origin say so themselves, and a page whose name was bent to this machine (DNS rebinding)
// shows that name as the host.
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { EmulatorError } from '../emulator-error.ts'

const READS = ['GET', 'HEAD']
/** What browsers say of requests that no other page has made (w3.org/TR/fetch-metadata). */
const OWN_SITES = ['same-origin', 'none']

/** Without scheme and port. */
const NAME = /^[a-z0-9._-]+$/i
/** The origin of a page; Firefox gives its push service's own URL, which is one of ws. */
const PAGE = /^https?:/i

export interface OriginGuard {
  /** Throws EMULATOR_FORBIDDEN for a request that a page of another origin has made, or under a name that is not known here. */
  assertOwn(request: IncomingMessage): void
  /**
   * Whether a page of another origin, or under a name that is not known here, asks for a WebSocket, which browsers let any
   * page do. Browsers themselves name none.
   */
  isOfForeignPage(request: IncomingMessage): boolean
}

/**
 * Names of this machine are the host that it listens on and `allowedHosts`, beside localhost and IP addresses. Throws
 * EMULATOR_INPUT for what can be none.
 */
export function createOriginGuard(host: string, allowedHosts: readonly string[] = []): OriginGuard {
  for (const name of allowedHosts) {
    if (NAME.test(name)) continue
    throw new EmulatorError('EMULATOR_INPUT', `allowedHosts has ${shown(name)}; give a name alone, such as "emulator".`)
  }
  const known = new Set([host, ...allowedHosts].map((name) => name.toLowerCase()))

  function isOwnName(host: string): boolean {
    const name = hostnameOf(host)
    // An address cannot be bent: whoever asks for it gets it.
    if (name === undefined || isIP(name) !== 0) return name !== undefined
    return name === 'localhost' || name.endsWith('.localhost') || known.has(name)
  }

  return {
    assertOwn({ method = '', headers }) {
      const { host = '', origin, 'sec-fetch-site': site } = headers
      if (!isOwnName(host)) {
        throw forbidden(`The Host ${shown(host)} is no name of this machine; give it as one of allowedHosts.`)
      }
      if (origin !== undefined && origin !== `http://${host}`) {
        throw forbidden(`A page of ${shown(origin)} must not use the control API.`)
      }
      if (!READS.includes(method) && site !== undefined && !OWN_SITES.includes(String(site))) {
        throw forbidden('A page of another origin must not use the control API.')
      }
    },
    isOfForeignPage({ headers: { host = '', origin } }) {
      if (origin === undefined || (origin !== 'null' && !PAGE.test(origin))) return false
      return origin !== `http://${host}` || !isOwnName(host)
    },
  }
}

/** Lower case, without port and brackets; undefined for what is no host. */
function hostnameOf(host: string): string | undefined {
  const [, ipv6, name] = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(host) ?? []
  return (ipv6 ?? name)?.toLowerCase()
}

function forbidden(text: string): EmulatorError {
  return new EmulatorError('EMULATOR_FORBIDDEN', text)
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 200))
}
