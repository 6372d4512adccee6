// Which servers a postgres:// URL names, and what of it is shown.
import { expect, test } from 'vitest'
import { serversOf, shownDatabaseUrl } from '../../../src/database/database-url.ts'

const servers = (url: string) => serversOf(url, 'The URL')

test('one host is one server, and may be a standby', () => {
  const url = 'postgres://bob:s3cret@db.example:5433/push?sslmode=require'
  expect(servers(url)).toEqual({ servers: [{ name: 'db.example:5433', url }], mustWrite: false })
  expect(shownDatabaseUrl(url)).toBe('postgres://bob@db.example:5433/push?sslmode=require')
})

test('several hosts are tried in their order, and must take writes', () => {
  const url = 'postgres://bob:s3,cret@one.example:5432,[::1]:5433,three.example/push?application_name=x'
  expect(servers(url)).toEqual({
    servers: [
      { name: 'one.example:5432', url: 'postgres://bob:s3,cret@one.example:5432/push?application_name=x' },
      { name: '[::1]:5433', url: 'postgres://bob:s3,cret@[::1]:5433/push?application_name=x' },
      { name: 'three.example', url: 'postgres://bob:s3,cret@three.example/push?application_name=x' },
    ],
    mustWrite: true,
  })
  expect(shownDatabaseUrl(url)).toBe('postgres://bob@one.example:5432,[::1]:5433,three.example/push')
})

test('several hosts in the parameter may be folders of sockets, with a port each or one for all', () => {
  const url = 'postgresql:///push?host=/run/one,/run/two&user=bob&password=s3cret'
  expect(servers(url).servers.map(({ name }) => name)).toEqual(['/run/one', '/run/two'])
  expect(servers(`${url}&port=5433`).servers.map(({ name }) => name)).toEqual(['/run/one:5433', '/run/two:5433'])
  expect(servers(`${url}&port=1,2`).servers.map(({ name }) => name)).toEqual(['/run/one:1', '/run/two:2'])
  expect(new URL(servers(`${url}&port=1,2`).servers[1]?.url ?? '').searchParams.get('host')).toBe('/run/two')
  expect(shownDatabaseUrl(url)).toBe('postgresql:///push?host=/run/one,/run/two')
})

test.each([
  ['a,b', 'any', false],
  ['a,b', 'read-write', true],
  ['a', 'primary', true],
  ['a', 'read-write', true],
])('%s with target_session_attrs=%s', (hosts, wanted, mustWrite) => {
  const url = `postgres://${hosts}/push?target_session_attrs=${wanted}`
  expect(servers(url).mustWrite).toBe(mustWrite)
  expect(shownDatabaseUrl(url)).toBe(url)
})
