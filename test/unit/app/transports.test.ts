// The transports of apps, made and made anew.
import { createPrivateKey } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ResolvedApp } from '../../../src/app/options/resolve-options.ts'
import { createTransports, type Transports } from '../../../src/app/transports.ts'
import type { Database } from '../../../src/database/tx.ts'
import { shareProviderToken } from '../../../src/transports/apns/provider-token.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { silentLogger } from '../../../src/util/logger.ts'
import { systemRandom } from '../../../src/util/random.ts'
import { newKey } from '../transports/apns/stub-apns.ts'

const APNS = newKey()
const apps = (more: Readonly<Record<string, object>>) => new Map(Object.entries(more)) as Map<string, ResolvedApp>
/** Whether some transport that was not closed uses the key: one token is shared by all of them. */
function isInUse(): boolean {
  const key = { keyId: APNS.keyId, teamId: APNS.teamId, privateKey: createPrivateKey(APNS.key) }
  const first = shareProviderToken(key)
  first.release()
  const second = shareProviderToken(key)
  second.release()
  return first.token === second.token
}

let transports: Transports
const parts = { database: {} as Database, seal: undefined, clock: systemClock, random: systemRandom }
beforeEach(() => {
  transports = createTransports({ ...parts, apps: apps({}), logger: silentLogger })
})
afterEach(() => transports.close())

test('what was made before an app that cannot be is closed again, and nothing has changed', async () => {
  expect(() => transports.replace(apps({ good: { apns: APNS }, bad: { fcm: { serviceAccount: '{}' } } }))).toThrow(
    expect.objectContaining({ code: 'PUSH_CONFIG_INVALID' }),
  )
  expect(transports.all()).toEqual([])
  await Promise.resolve()
  expect(isInUse()).toBe(false)
})

test('what is the same as before goes on when an app that cannot be is added', async () => {
  transports.replace(apps({ good: { apns: APNS } }))
  const bad = apps({ good: { apns: { ...APNS } }, bad: { fcm: { serviceAccount: '{}' } } })
  expect(() => transports.replace(bad)).toThrow()
  await Promise.resolve()
  expect(isInUse()).toBe(true)
  await transports.close()
  expect(isInUse()).toBe(false)
})
