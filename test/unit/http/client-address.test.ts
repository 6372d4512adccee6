import { describe, expect, test } from 'vitest'
import { createClientFinder } from '../../../src/http/client-address.ts'

const findClient = createClientFinder(['10.0.0.0/8', '192.0.2.7', '2001:db8:1::/48', '::1'])

describe('behind a trusted proxy', () => {
  test.each([
    ['one client', '203.0.113.5', '203.0.113.5'],
    ['a forged start', '1.2.3.4, 203.0.113.5', '203.0.113.5'],
    ['a chain of trusted proxies', '203.0.113.5, 10.9.9.9, 192.0.2.7', '203.0.113.5'],
    ['garbage before the client', "'; DROP TABLE, \u0000, 203.0.113.5", '203.0.113.5'],
    ['only trusted addresses', '10.1.1.1, 10.2.2.2', '10.1.1.1'],
    ['IPv6', '2001:db8:2::9', '2001:db8:2::9'],
    ['IPv6 with a port', '[2001:db8:2::9]:4711', '2001:db8:2::9'],
    ['IPv6 through a trusted IPv6 proxy', '2001:db8:2::9, 2001:db8:1::1', '2001:db8:2::9'],
    ['IPv4 with a port', '203.0.113.5:4711', '203.0.113.5'],
    ['IPv4 in IPv6', '::ffff:203.0.113.5', '203.0.113.5'],
    ['a trusted IPv4 in IPv6', '203.0.113.5, ::ffff:10.1.1.1', '203.0.113.5'],
    ['a zone', 'fe80::1%eth0', 'fe80::1'],
    ['no spaces', '1.2.3.4,203.0.113.5,10.1.1.1', '203.0.113.5'],
  ])('%s is read from the right', (_fact, forwardedFor, client) => {
    expect(findClient({ address: '10.1.2.3', forwardedFor })).toBe(client)
  })

  test.each([
    '',
    ' ',
    ',',
    'unknown',
    '_hidden',
    '203.0.113',
    '203.0.113.5.6',
    '203.0.113.5:port',
    '[203.0.113.5',
    '203.0.113.5,',
    'localhost',
    '1'.repeat(9000),
  ])('a header that says no address (%j) leaves the socket’s', (forwardedFor) => {
    expect(findClient({ address: '10.1.2.3', forwardedFor })).toBe('10.1.2.3')
  })

  test('no header leaves the socket’s address', () => {
    expect(findClient({ address: '10.1.2.3', forwardedFor: undefined })).toBe('10.1.2.3')
  })

  test.each(['::ffff:10.1.2.3', '::1', '2001:db8:1:2::3'])('the proxy’s own address may be %s', (address) => {
    expect(findClient({ address, forwardedFor: '203.0.113.5' })).toBe('203.0.113.5')
  })
})

test.each(['203.0.113.1', '192.0.2.8', '2001:db8:2::1', '11.0.0.1'])(
  'the word of a stranger (%s) is not taken',
  (address) => {
    expect(findClient({ address, forwardedFor: '198.51.100.1' })).toBe(address)
  },
)

test('without trusted proxies the socket’s address counts', () => {
  expect(createClientFinder([])({ address: '127.0.0.1', forwardedFor: '198.51.100.1' })).toBe('127.0.0.1')
})

test('a connection without an address is of the unknown client', () => {
  expect(findClient({ address: undefined, forwardedFor: '198.51.100.1' })).toBe('unknown')
})
