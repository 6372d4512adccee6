// Which network address a request came from: the socket's, or what a trusted proxy says of it.
import { BlockList, isIP } from 'node:net'

/** All requests whose address nobody knows count as one client. */
const UNKNOWN_CLIENT = 'unknown'

/** What a host knows of who sent a request that comes as a Fetch Request. */
export interface RequestOrigin {
  /** The client's IP address, when the host has found it out. */
  readonly client?: string | undefined
  /**
   * Node's own request, as @hono/node-server passes it on: its socket's address counts, or X-Forwarded-For when
   * that address is one of the `trustedProxies`.
   */
  readonly incoming?: { readonly socket: { readonly remoteAddress?: string | undefined } } | undefined
}

interface Peer {
  /** The other end of the connection. */
  readonly address: string | undefined
  /** The header X-Forwarded-For, however often it came, joined by commas. */
  readonly forwardedFor: string | undefined
}

export type FindClient = (peer: Peer) => string

/** @param trustedProxies Addresses and CIDR ranges; only their word is taken. */
export function createClientFinder(trustedProxies: readonly string[]): FindClient {
  const trusted = toBlockList(trustedProxies)
  const isTrusted = (address: string) => trusted.check(address, familyOf(address))
  return ({ address, forwardedFor }) => {
    const socket = address === undefined ? undefined : plainAddress(address)
    if (socket === undefined) return UNKNOWN_CLIENT
    if (forwardedFor === undefined || !isTrusted(socket)) return socket
    return firstUntrusted(forwardedFor, isTrusted) ?? socket
  }
}

/** Each proxy appends its peer, so what stands left of the first stranger was written by him. */
function firstUntrusted(forwardedFor: string, isTrusted: (address: string) => boolean): string | undefined {
  let last: string | undefined
  for (const hop of forwardedFor.split(',').reverse()) {
    last = hopAddress(hop.trim())
    if (last === undefined || !isTrusted(last)) return last
  }
  return last
}

/** `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1` or `[2001:db8::1]:4711`. */
function hopAddress(hop: string): string | undefined {
  const bare = /^\[([^\]]*)\](?::\d+)?$/.exec(hop)?.[1] ?? /^([\d.]+):\d+$/.exec(hop)?.[1] ?? hop
  return plainAddress(bare)
}

/** Without a zone, and IPv4 as IPv4; undefined when it is no address. */
function plainAddress(text: string): string | undefined {
  const [address = ''] = text.split('%')
  const inner = /^::ffff:([\d.]+)$/i.exec(address)?.[1] ?? address
  return isIP(inner) === 0 ? undefined : inner
}

function toBlockList(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/')
    if (prefix === undefined) list.addAddress(address, familyOf(address))
    else list.addSubnet(address, Number(prefix), familyOf(address))
  }
  return list
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4'
}

/** The client of a request that came with what its host knows. */
export function clientOf(origin: RequestOrigin, forwarded: string | undefined, findClient: FindClient): string {
  if (origin.client !== undefined) return plainAddress(origin.client) ?? UNKNOWN_CLIENT
  return findClient({ address: origin.incoming?.socket.remoteAddress, forwardedFor: forwarded })
}
