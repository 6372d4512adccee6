import { describe, expect, it, test } from 'vitest'
import { addressKind } from '../../../src/net/address-policy.ts'
import { checkedAddresses } from '../../../src/net/address-policy-lookup.ts'

test.each([
  ['8.8.8.8', 'public'],
  ['172.32.0.1', 'public'],
  ['100.128.0.1', 'public'],
  ['2606:4700::1111', 'public'],
  ['::ffff:8.8.8.8', 'public'],
  ['64:ff9b::808:808', 'public'],
  ['10.0.0.1', 'private'],
  ['172.16.0.1', 'private'],
  ['192.168.255.255', 'private'],
  ['127.0.0.1', 'private'],
  ['100.64.0.1', 'private'],
  ['::1', 'private'],
  ['0:0:0:0:0:0:0:1', 'private'],
  ['fc00::1', 'private'],
  ['::ffff:10.0.0.1', 'private'],
  ['::FFFF:7F00:1', 'private'],
  ['169.254.169.254', 'forbidden'],
  ['100.100.100.200', 'forbidden'],
  ['fd00:ec2::254', 'forbidden'],
  ['fe80::1', 'forbidden'],
  ['ff02::1', 'forbidden'],
  ['2002:808:808::1', 'forbidden'],
  ['2001:db8::1', 'forbidden'],
  ['64:ff9b:1::1', 'forbidden'],
  ['::', 'forbidden'],
  ['4000::1', 'forbidden'],
  ['localhost', 'forbidden'],
  ['0x7f.1', 'forbidden'],
  ['', 'forbidden'],
])('%s is %s', (address, kind) => {
  expect(addressKind(address)).toBe(kind)
})

describe('checked addresses', () => {
  const none = () => false

  it('are those that were judged, and the next look at the name is judged again', async () => {
    const answers = [['8.8.8.8', '2606:4700::1111'], ['192.168.0.1']]
    const addressesOf = checkedAddresses({ resolve: async () => answers.shift() ?? [], allowsPrivate: none })
    expect(await addressesOf('push.example.org')).toEqual(['8.8.8.8', '2606:4700::1111'])
    await expect(addressesOf('push.example.org')).rejects.toMatchObject({ code: 'ADDRESS_REFUSED' })
  })

  it('may be private for a host that may, and never metadata', async () => {
    const answers: Readonly<Record<string, string[]>> = {
      'push.lan': ['192.168.0.1'],
      'other.lan': ['192.168.0.1'],
      'bad.lan': ['169.254.169.254'],
    }
    const addressesOf = checkedAddresses({
      resolve: async (host) => answers[host] ?? [],
      allowsPrivate: (host) => host !== 'other.lan',
    })
    expect(await addressesOf('push.lan')).toEqual(['192.168.0.1'])
    for (const host of ['other.lan', 'bad.lan', 'nowhere.lan']) {
      await expect(addressesOf(host)).rejects.toMatchObject({ code: 'ADDRESS_REFUSED' })
    }
  })

  it('are asked for no name that is an address', async () => {
    const resolve = () => Promise.reject(new Error('it was asked'))
    const addressesOf = checkedAddresses({ resolve, allowsPrivate: none })
    expect(await addressesOf('8.8.8.8')).toEqual(['8.8.8.8'])
    await expect(addressesOf('127.0.0.1')).rejects.toMatchObject({ code: 'ADDRESS_REFUSED' })
  })
})
