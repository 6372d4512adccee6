// What all services of one emulator share: its time, its devices, the faults, the quotas and the record of requests; and
// what happens to any of them.
import { systemClock } from '../util/clock.ts'
import { systemRandom } from '../util/random.ts'
import { createDeviceTable } from './devices/device-table.ts'
import { createEmulatedClock } from './emulated-clock.ts'
import { createEmulatorEvents } from './emulator-events.ts'
import type { EmulatorOptions } from './emulator-options.ts'
import { createFaultBook } from './faults/fault-book.ts'
import { createQuotaBook } from './quotas/quota-book.ts'
import { createRequestJournal } from './server/request-journal.ts'

/** `endpointBase`: where the Web Push service is. */
export function createEmulatorState(options: EmulatorOptions, endpointBase: () => string) {
  const { clock: realClock = systemClock, random = systemRandom, bench = false, keepRequests } = options
  const events = createEmulatorEvents()
  const { publish } = events
  const clock = createEmulatedClock(realClock, () => publish({ type: 'clock' }))
  const quotas = createQuotaBook(clock, options.quotas)
  return {
    clock,
    realClock,
    events,
    quotas,
    devices: createDeviceTable({
      clock,
      realClock,
      random,
      endpointBase,
      changed: (device) => publish({ type: 'device', device }),
      arrived: (device, message) => publish({ type: 'message', device, message }),
      removed: (id) => publish({ type: 'device-removed', id }),
      collapsibleQuota: () => quotas.settings.fcm.collapsible,
    }),
    faults: createFaultBook({
      random,
      changed: (fault) => publish({ type: 'fault', fault }),
      removed: (id) => publish({ type: 'fault-removed', id }),
    }),
    requests: createRequestJournal({
      clock: realClock,
      limit: bench ? 0 : keepRequests,
      recorded: (request) => publish({ type: 'request', request }),
      cleared: () => publish({ type: 'cleared' }),
    }),
  }
}
