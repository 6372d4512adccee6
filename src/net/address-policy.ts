// Which IP addresses a connection may go to when somebody else chose the host: those of the public Internet, and those of
// private networks where the operator says so.
// Sources: IANA's special-purpose address registries (RFC 6890) and what the large clouds document of their own.
import { BlockList, isIP } from 'node:net'

/** `private`: a network of one's own. `forbidden`: never the address of a server that somebody may name. */
export type AddressKind = 'public' | 'private' | 'forbidden'

const PRIVATE_V4 = blockList('ipv4', [
  '10.0.0.0/8',
  '100.64.0.0/10', // shared by carriers, RFC 6598
  '127.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
])

/** Looked up before the private ones. */
const FORBIDDEN_V4 = blockList('ipv4', [
  '0.0.0.0/8',
  '100.100.100.200/32', // Alibaba's metadata
  '168.63.129.16/32', // Azure's host
  '169.254.0.0/16', // link-local, with the metadata of most clouds
  '192.0.0.0/24', // with Oracle's metadata
  '192.0.2.0/24', // documentation
  '192.88.99.0/24', // 6to4 relays
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, and broadcast
])

const PRIVATE_V6 = blockList('ipv6', ['::1/128', 'fc00::/7'])
/** AWS's metadata lies among the private ones. */
const METADATA_V6 = blockList('ipv6', ['fd00:ec2::254/128', 'fd20:ce::254/128'])
/** Within the one block that is global unicast, 2000::/3. */
const FORBIDDEN_V6 = blockList('ipv6', [
  '2001::/23', // Teredo and other protocols
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4
  '3fff::/20', // documentation
])
const GLOBAL_V6 = blockList('ipv6', ['2000::/3'])

/** IPv4 in IPv6 clothes: mapped (RFC 4291 §2.5.5.2), and translated by NAT64 (RFC 6052 §2.1). */
const EMBEDDED_V4 = [/^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/, /^64:ff9b::([0-9a-f]{1,4}):([0-9a-f]{1,4})$/]

/** For the text of an IPv4 or IPv6 address; whatever else it is, is forbidden. */
export function addressKind(address: string): AddressKind {
  switch (isIP(address)) {
    case 4:
      return kindOfV4(address)
    case 6:
      return kindOfV6(address)
    default:
      return 'forbidden'
  }
}

function kindOfV4(address: string): AddressKind {
  if (FORBIDDEN_V4.check(address, 'ipv4')) return 'forbidden'
  return PRIVATE_V4.check(address, 'ipv4') ? 'private' : 'public'
}

function kindOfV6(address: string): AddressKind {
  // The URL parser writes every address in one way (RFC 5952), and takes none with a zone.
  const canonical = URL.parse(`http://[${address}]`)?.hostname.slice(1, -1)
  if (canonical === undefined) return 'forbidden'
  const embedded = embeddedV4(canonical)
  if (embedded !== undefined) return kindOfV4(embedded)
  if (METADATA_V6.check(canonical, 'ipv6')) return 'forbidden'
  if (PRIVATE_V6.check(canonical, 'ipv6')) return 'private'
  return GLOBAL_V6.check(canonical, 'ipv6') && !FORBIDDEN_V6.check(canonical, 'ipv6') ? 'public' : 'forbidden'
}

function embeddedV4(address: string): string | undefined {
  for (const form of EMBEDDED_V4) {
    const [, high, low] = form.exec(address) ?? []
    if (high === undefined || low === undefined) continue
    const [upper, lower] = [Number.parseInt(high, 16), Number.parseInt(low, 16)]
    return [upper >> 8, upper & 0xff, lower >> 8, lower & 0xff].join('.')
  }
  return undefined
}

function blockList(family: 'ipv4' | 'ipv6', ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [network = '', bits] = range.split('/')
    list.addSubnet(network, Number(bits), family)
  }
  return list
}
