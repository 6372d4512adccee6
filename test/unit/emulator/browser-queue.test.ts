// What waits for a browser that acknowledges nothing.
import { expect, it } from 'vitest'
import { type NotificationFrame, UserAgent } from '../../../src/emulator/autopush/user-agent.ts'
import type { BrowserLink } from '../../../src/emulator/devices/emulated-device.ts'
import { createEmulatorState } from '../../../src/emulator/emulator-state.ts'
import { systemClock } from '../../../src/util/clock.ts'

const CHANNEL = '0b2bb4ec-4a87-4d29-8b46-1b1b1f2a7c5e'
const TOKEN = 'token-of-a-browser'
const IN_FLIGHT = 10
const LIMIT = 10_000

it('is the newest 10,000 messages', () => {
  const endpoint = `http://127.0.0.1/wpush/v1/${TOKEN}`
  const resource = {
    token: TOKEN,
    endpoint,
    isRestricted: false,
    applicationServerKey: undefined,
    recipient: undefined,
  }
  const { devices } = createEmulatorState({}, () => '')
  const agent = new UserAgent('f'.repeat(32), systemClock, () => {})
  const links: BrowserLink[] = []
  agent.add(CHANNEL, (browser) => {
    links.push(browser)
    return devices.createBrowser({ resource, browser })
  })
  const frames: NotificationFrame[] = []
  agent.connect((frame) => void frames.push(frame))
  for (let n = 0; n < IN_FLIGHT + LIMIT + 5; n++) {
    links[0]?.deliver({ providerId: `m${n}`, data: {}, ttlMs: 60_000 } as Parameters<BrowserLink['deliver']>[0])
  }
  const sent = () => frames.map(({ version }) => version)
  expect(sent()).toEqual(Array.from({ length: IN_FLIGHT }, (_, n) => `m${n}`))
  for (const version of sent()) agent.acknowledge(version, 101)
  expect(sent().slice(IN_FLIGHT)).toEqual(Array.from({ length: IN_FLIGHT }, (_, n) => `m${IN_FLIGHT + 5 + n}`))
})
