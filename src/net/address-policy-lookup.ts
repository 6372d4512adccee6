// From a host's name to the addresses that a connection may go to. The name is looked up once, every address that came
// is judged, and the connection goes to one of those: a name that leads elsewhere a moment later leads nowhere.
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { addressKind } from './address-policy.ts'

/** The IP addresses of a name. Rejects where there are none. */
export type Resolver = (hostname: string) => Promise<readonly string[]>

export interface AddressPolicy {
  /** Default: the system's resolver. */
  readonly resolve?: Resolver | undefined
  /** Whether this host may lie in a private network, this machine included. Never asked for other special addresses. */
  readonly allowsPrivate: (hostname: string) => boolean
}

/** The `code` of the error of a host whose addresses are refused. */
export const ADDRESS_REFUSED = 'ADDRESS_REFUSED'

/** For `SocketOptions.addressesOf`. One refused address condemns the host: it answers for all that its name gives. */
export function checkedAddresses({ resolve = systemResolver, allowsPrivate }: AddressPolicy): Resolver {
  return async (hostname) => {
    const addresses = isIP(hostname) === 0 ? await resolve(hostname) : [hostname]
    const isRefused = (address: string) => {
      const kind = addressKind(address)
      return kind === 'forbidden' || (kind === 'private' && !allowsPrivate(hostname))
    }
    if (addresses.length === 0 || addresses.some(isRefused)) {
      throw Object.assign(new Error('its addresses are not those of a public server'), { code: ADDRESS_REFUSED })
    }
    return addresses
  }
}

const systemResolver: Resolver = async (hostname) => {
  const found = await lookup(hostname, { all: true })
  return found.map(({ address }) => address)
}
