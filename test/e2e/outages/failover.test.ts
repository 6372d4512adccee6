// The database moves to another machine in the middle of a broadcast, with a standby that has every commit.
import { expect, test } from 'vitest'
import { openDatabase } from '../../../src/database/open-database.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { silentLogger } from '../../../src/util/logger.ts'
import { arrivals, createBroadcastSite } from '../../kit/broadcast-site.ts'
import { type PostgresServer, startPostgresServer } from '../../kit/postgres-server.ts'
import { eventually, query } from '../../kit/query.ts'

const DEVICES = 3_000

const withBoth = (...servers: PostgresServer[]) =>
  `postgres://sendword@${servers.map(({ port }) => `127.0.0.1:${port}`).join(',')}/postgres`

test('a killed primary: the workers go on at the promoted standby, and every device has one result', async () => {
  await using primary = await startPostgresServer()
  await using standby = await primary.addStandby()
  // The standby is named first: it is passed over for as long as it takes no writes.
  const database = { database: withBoth(standby, primary), url: primary.url }
  await using site = await createBroadcastSite({ database })
  const cores = [await site.openWorker(), await site.openWorker()] as const
  const fleet = await site.addFleet({ fcm: DEVICES })
  site.emulator.faults.add({ service: 'fcm', effect: { kind: 'delay', ms: 50 } })
  const id = await site.publish(cores[0])
  const { requests } = site.emulator
  await eventually(
    async () => requests.count('fcm', 'accepted'),
    (taken) => taken >= DEVICES / 3,
  )
  await primary.kill()
  expect(requests.count('fcm', 'accepted')).toBeLessThan(DEVICES)
  const recorded = (await site.results(id, standby.url)).map(({ device }) => device)
  await expect(cores[0].messages.view('default', id)).rejects.toMatchObject({ code: 'PUSH_DATABASE_DOWN' })
  await standby.promote()
  site.url = standby.url

  await site.expectSettled(cores[1], id, { accepted: DEVICES })
  expect([...fleet.values()].every(({ inbox }) => inbox.length > 0)).toBe(true)
  // What was recorded survived, and is never sent again.
  expect(recorded.length).toBeGreaterThan(0)
  expect(arrivals(recorded.flatMap((device) => fleet.get(device) ?? []))).toEqual({ 1: recorded.length })
  // Told of by NOTIFY at the new address: the listeners have moved, too.
  const next = await site.publish(cores[1])
  await site.expectSettled(cores[0], next, { accepted: DEVICES })
}, 120_000)

test('a primary that becomes read-only under open connections is left by all of them, listeners included', async () => {
  await using primary = await startPostgresServer()
  await using standby = await primary.addStandby()
  const url = withBoth(primary, standby)
  const database = await openDatabase({ database: url, logger: silentLogger, clock: systemClock })
  try {
    const heard: string[] = []
    let reconnects = 0
    await database.listen(
      'news',
      (payload) => heard.push(payload),
      () => reconnects++,
    )
    await database.execute('CREATE TABLE t (a int)')
    await query(primary.url, 'ALTER SYSTEM SET default_transaction_read_only = on')
    await query(primary.url, 'SELECT pg_reload_conf()')
    await standby.promote()
    const insert = () => database.execute('INSERT INTO t VALUES (1) RETURNING inet_server_port() AS port')
    const [row] = await eventually(
      () => insert().catch(() => []),
      (rows) => rows.length === 1,
    )
    expect(row).toEqual({ port: standby.port })
    await eventually(
      async () => reconnects,
      (count) => count > 0,
    )
    await database.execute(`SELECT pg_notify('news', 'from the new one')`)
    await eventually(
      async () => heard,
      (payloads) => payloads.includes('from the new one'),
    )
  } finally {
    await database.close()
  }
}, 120_000)
