// Credentials that are revoked while a broadcast runs, and mended: by a reload with another one, and by an operator.
import { expect, test } from 'vitest'
import { arrivals, createBroadcastSite } from '../../kit/broadcast-site.ts'
import { eventually, query } from '../../kit/query.ts'

const FLEET = { fcm: 2_000, apns: 600 }
const IN_FLIGHT = 50

test('a credential revoked in the middle pauses its push service, spares the devices, and loses nothing', async () => {
  await using site = await createBroadcastSite()
  const { emulator, app } = site
  const { faults, requests } = emulator
  const fleet = await site.addFleet(FLEET)
  const narrow = {
    fcm: { ...app.fcm, maxInFlight: IN_FLIGHT },
    apns: { ...app.apns, maxInFlight: IN_FLIGHT },
  }
  for (const service of ['fcm', 'apns'] as const) faults.add({ service, effect: { kind: 'delay', ms: 50 } })
  const core = await site.openWorker(narrow)
  const paused = new Set<string>()
  core.events.on('transport.paused', ({ transport }) => paused.add(transport))
  const id = await site.publish(core)
  await eventually(
    async () => Math.min(requests.count('fcm', 'accepted'), requests.count('apns', 'accepted')),
    (taken) => taken >= 200,
  )
  const refusal = faults.add({ service: 'google-oauth', effect: { kind: 'error', code: 'invalid_grant' } })
  emulator.expireTokens('fcm')
  emulator.apns.revokeKey()
  await eventually(
    async () => paused,
    (transports) => transports.size === 2,
  )
  // All that is left waits for the credentials.
  await eventually(
    () => query(site.url, 'SELECT FROM sendword_queue.job WHERE start_after <= now()'),
    (jobs) => jobs.length === 0,
  )
  const taken = arrivals(fleet.values())[1] ?? 0
  expect(taken).toBeGreaterThanOrEqual(400)
  expect(taken).toBeLessThan(FLEET.fcm + FLEET.apns)
  // Each that was on its way is refused, and no more.
  expect(requests.count('fcm', 'unauthorized')).toBeLessThanOrEqual(IN_FLIGHT)
  expect(requests.count('apns', 'InvalidProviderToken')).toBeLessThanOrEqual(IN_FLIGHT)
  const asked = requests.last

  faults.remove(refusal.id)
  emulator.apns.restoreKey()
  expect(requests.last).toBe(asked)
  // The pause was for a credential at another address: with this one, as far as anybody knows, nothing is wrong.
  const url = app.fcm?.url?.replace('127.0.0.1', 'localhost') ?? ''
  await core.reload(site.options({ ...narrow, fcm: { ...narrow.fcm, url } }))
  await core.pauses.resume('default', 'apns')
  await site.expectSettled(core, id, { accepted: FLEET.fcm + FLEET.apns })
  expect(arrivals(fleet.values())).toEqual({ 1: FLEET.fcm + FLEET.apns })
  expect(await core.pauses.list('default')).toEqual([])
  expect(await query(site.url, 'SELECT FROM sendword.device WHERE failed_at IS NOT NULL')).toHaveLength(0)
}, 120_000)
