// Every real browser that has said hello, by its uaid, and the devices that stand for its subscriptions.
import type { Clock } from '../../util/clock.ts'
import type { Random } from '../../util/random.ts'
import type { DeviceTable } from '../devices/device-table.ts'
import { endpointPath, newPushToken } from '../devices/push-subscription.ts'
import { type AutopushState, readState, writeState } from './state-file.ts'
import { UserAgent } from './user-agent.ts'

/** More messages than these waiting for a browser: autopush gives it up, and it must subscribe anew. */
const WAITING_LIMIT = 150

interface UserAgentsParts {
  readonly devices: DeviceTable
  readonly clock: Clock
  readonly random: Random
  /** Where endpoints are. */
  readonly url: string
  readonly stateFile: string | undefined
}

export interface UserAgents {
  /** The browser with this uaid, or a new one. */
  greet(uaid: string | null | undefined): UserAgent
  /** Returns the endpoint. */
  register(agent: UserAgent, channelID: string, applicationServerKey: string | undefined): string
  unregister(agent: UserAgent, channelID: string): void
  clear(): void
  /** What changes from now on is not written. */
  close(): void
}

/** Throws EMULATOR_INPUT for a state file that cannot be used. */
export function createUserAgents({ devices, clock, random, url, stateFile }: UserAgentsParts): UserAgents {
  const agents = new Map<string, UserAgent>()
  let isClosed = false

  function subscribe(agent: UserAgent, channelID: string, token: string, applicationServerKey?: string): string {
    const isRestricted = applicationServerKey !== undefined
    const endpoint = `${url}${endpointPath(token, isRestricted)}`
    const resource = { token, endpoint, isRestricted, applicationServerKey, recipient: undefined }
    agent.add(channelID, (browser) => devices.createBrowser({ resource, browser }))
    return endpoint
  }

  function add(uaid: string): UserAgent {
    const agent = new UserAgent(uaid, clock, save)
    agents.set(uaid, agent)
    return agent
  }

  function forget(agent: UserAgent): void {
    agents.delete(agent.uaid)
    for (const { id } of [...agent.channels.values()]) devices.remove(id)
  }

  function save(): void {
    if (stateFile !== undefined && !isClosed) writeState(stateFile, stateOf(agents.values()))
  }

  function load(file: string): void {
    for (const { uaid, channels } of readState(file).userAgents) {
      const agent = add(uaid)
      for (const { channelID, token, applicationServerKey } of channels) {
        subscribe(agent, channelID, token, applicationServerKey)
      }
    }
  }

  if (stateFile !== undefined) {
    load(stateFile)
    // Also what cannot be written is found out now, and not by the first browser.
    save()
  }
  return {
    greet(uaid) {
      const known = agents.get(uaid ?? '')
      if (known && known.waiting <= WAITING_LIMIT) return known
      if (known) forget(known)
      return add(random.bytes(16).toString('hex'))
    },
    register(agent, channelID, applicationServerKey) {
      const before = agent.channels.get(channelID)
      if (before?.resource && before.resource.applicationServerKey === applicationServerKey) {
        return before.resource.endpoint
      }
      if (before) devices.remove(before.id)
      const endpoint = subscribe(agent, channelID, newPushToken(random), applicationServerKey)
      save()
      return endpoint
    },
    unregister(agent, channelID) {
      const device = agent.channels.get(channelID)
      if (device) devices.remove(device.id)
    },
    clear() {
      for (const agent of [...agents.values()]) forget(agent)
    },
    close() {
      isClosed = true
    },
  }
}

function stateOf(agents: Iterable<UserAgent>): AutopushState {
  const subscribed = [...agents].filter(({ channels }) => channels.size > 0)
  return {
    userAgents: subscribed.map(({ uaid, channels }) => ({
      uaid,
      channels: [...channels].map(([channelID, { resource }]) => ({
        channelID,
        token: resource?.token ?? '',
        applicationServerKey: resource?.applicationServerKey,
      })),
    })),
  }
}
