// What a table of virtual devices needs when there is no emulator around it.
import type { DeviceTableParts } from '../../../src/emulator/devices/device-table.ts'
import { type Clock, systemClock } from '../../../src/util/clock.ts'
import { systemRandom } from '../../../src/util/random.ts'

export function surroundings(clock: Clock = systemClock): DeviceTableParts {
  return {
    clock,
    realClock: clock,
    random: systemRandom,
    endpointBase: () => 'https://localhost',
    changed() {},
    arrived() {},
    removed() {},
    collapsibleQuota: () => undefined,
  }
}
