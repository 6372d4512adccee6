// A push service that takes requests and never answers, for a while.

import { expect, test } from 'vitest'
import { createEmulator } from '../../../src/emulator/create-emulator.ts'
import { NO_TIMING } from '../../../src/model/timing.ts'
import { type AcceptContext, newMessage } from '../../../src/publishing/accept.ts'
import { startFanOutLoop } from '../../../src/publishing/fan-out-loop.ts'
import { createSettledWatch } from '../../../src/publishing/settled.ts'
import { insertMessages } from '../../../src/store/messages.ts'
import { createFcmTransport } from '../../../src/transports/fcm/transport.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { silentLogger } from '../../../src/util/logger.ts'
import { systemRandom } from '../../../src/util/random.ts'
import { createEngineKit, scriptedPush } from '../../kit/engine.ts'
import { memoryCredentialStore } from '../../kit/memory-credential-store.ts'
import { query } from '../../kit/query.ts'

const DEVICES = 1_000
/** The deadline that a shop has is 30 seconds. */
const TIMEOUT_MS = 1_500

test('sends end at their deadline and go again: every device has one result, doubles only where an answer was lost', async () => {
  await using emulator = await createEmulator({ keepRequests: 10_000 })
  const { services, credentials, ca } = emulator
  const common = { clock: systemClock, random: systemRandom, logger: silentLogger }
  const transport = createFcmTransport({
    options: {
      ...{ ...services.fcm, serviceAccount: { ...credentials.fcm.serviceAccount }, ca, maxInFlight: 100 },
      ...{ timeoutMs: TIMEOUT_MS, retry: { baseMs: 10, capMs: 50 } },
    },
    credentials: memoryCredentialStore(),
    ...common,
  })
  await using kit = await createEngineKit({ push: scriptedPush('fcm', transport) })
  const deviceIds = await kit.addDevices(DEVICES)
  const devices = deviceIds.map((id) => emulator.devices.create({ service: 'fcm', address: `address-of-${id}` }))
  const taking = emulator.faults.add({
    ...{ service: 'fcm', after: 100, times: 150 },
    effect: { kind: 'no-answer', delivers: true },
  })
  const refusing = emulator.faults.add({ service: 'fcm', after: 100, times: 150, effect: { kind: 'no-answer' } })
  await kit.startWorker()
  const fanOut = await startFanOutLoop({ ...common, database: kit.database, queue: kit.queue })
  const watch = createSettledWatch({ database: kit.database, clock: systemClock })
  try {
    const message = newMessage(
      { clock: systemClock, random: systemRandom, appTimingOf: () => NO_TIMING } as unknown as AcceptContext,
      {
        app: 'default',
        content: { data: { n: '1' } },
      },
    )
    await kit.database.transaction(async (tx) => {
      await insertMessages(tx, [{ ...message, audience: { everyone: true } }])
      await kit.queue.fanOuts.enqueue(tx, { messageId: message.id })
    })
    const { counts } = await watch.wait(message.id, { timeout: 60_000 })
    expect(counts).toMatchObject({ accepted: DEVICES, rejected: 0, unregistered: 0, expired: 0, cancelled: 0 })
    expect([taking.struck, refusing.struck]).toEqual([150, 150])
    const results = await query<{ address: string; attempts: number }>(
      kit.url,
      `SELECT d.address, r.attempts FROM sendword.delivery r JOIN sendword.device d ON d.id = r.device WHERE message_id = $1`,
      [message.id],
    )
    expect(results).toHaveLength(DEVICES)
    const attempts = new Map(results.map((result) => [result.address, result.attempts]))
    for (const { address, inbox } of devices) {
      expect(inbox.length).toBeGreaterThan(0)
      expect(inbox.length).toBeLessThanOrEqual(attempts.get(address) ?? 0)
    }
    expect(devices.reduce((sum, { inbox }) => sum + inbox.length, 0)).toBe(DEVICES + taking.struck)
  } finally {
    await fanOut.stop()
    watch.close()
  }
}, 120_000)
