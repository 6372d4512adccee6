// One WebSocket connection of a real browser, and the order of what may be said on it.
import type { WebSocket } from 'ws'
import type { Clock } from '../../util/clock.ts'
import { APPLICATION_SERVER_KEY } from '../devices/push-subscription.ts'
import { EmulatorError } from '../emulator-error.ts'
import { type ClientFrame, readFrame } from './client-frame.ts'
import { DELIVERED, type UserAgent } from './user-agent.ts'
import type { UserAgents } from './user-agents.ts'

const HELLO_MS = 5_000
/** A browser that pings more often is told not to come back by itself. */
const PING_INTERVAL_MS = 45_000
const KEEP_ALIVE_MS = 300_000
const PONG_MS = 4_000

/** Close codes: RFC 6455 §7.4.1, and one that Firefox takes for "do not reconnect". */
const CLOSE = { unsupportedData: 1003, error: 1011, excessivePing: 4774 } as const

export interface ConnectionParts {
  readonly agents: UserAgents
  readonly clock: Clock
  /** The connection speaks for this browser from now on, and no other does. */
  claim(uaid: string, socket: WebSocket): void
}

export function serveBrowser(socket: WebSocket, { agents, clock, claim }: ConnectionParts): void {
  const ended = new AbortController()
  const greeted = new AbortController()
  let agent: UserAgent | undefined
  let pingedAt = Number.NEGATIVE_INFINITY

  const say = (frame: object) => socket.send(JSON.stringify(frame))

  function hello({ uaid, use_webpush }: ClientFrame & { messageType: 'hello' }): void {
    greeted.abort()
    agent = agents.greet(uaid)
    claim(agent.uaid, socket)
    say({ messageType: 'hello', uaid: agent.uaid, status: 200, use_webpush, broadcasts: {} })
    agent.connect(say)
  }

  function register(known: UserAgent, { channelID, key }: ClientFrame & { messageType: 'register' }): void {
    const applicationServerKey = key?.replace(/=+$/, '')
    const isKey = applicationServerKey === undefined || APPLICATION_SERVER_KEY.test(applicationServerKey)
    const answer = isKey
      ? { status: 200, pushEndpoint: agents.register(known, channelID, applicationServerKey) }
      : { status: 400, pushEndpoint: '' }
    say({ messageType: 'register', channelID, ...answer })
  }

  function ping(): void {
    const now = clock.now()
    if (now - pingedAt < PING_INTERVAL_MS) {
      socket.close(CLOSE.excessivePing)
      return
    }
    pingedAt = now
    socket.send('{}')
  }

  function hear(known: UserAgent, frame: Exclude<ClientFrame, { messageType: 'hello' }>): void {
    switch (frame.messageType) {
      case 'register':
        register(known, frame)
        break
      case 'unregister':
        agents.unregister(known, frame.channelID)
        say({ messageType: 'unregister', channelID: frame.channelID, status: 200 })
        break
      case 'ack':
        for (const { version, code = DELIVERED } of frame.updates) known.acknowledge(version, code)
        break
      case 'nack':
        known.acknowledge(frame.version, frame.code ?? 0)
        break
      case 'ping':
        ping()
        break
      case 'broadcast_subscribe':
    }
  }

  function receive(frame: ClientFrame | undefined): void {
    if (frame?.messageType === 'hello' && !agent) hello(frame)
    else if (frame && frame.messageType !== 'hello' && agent) hear(agent, frame)
    else socket.close(CLOSE.error)
  }

  socket.on('message', (data, isBinary) => {
    if (isBinary) {
      socket.close(CLOSE.unsupportedData)
      return
    }
    try {
      receive(readFrame(data.toString()))
    } catch (error) {
      if (!(error instanceof EmulatorError)) throw error
      // The state file cannot be written any more: this browser is told so, and no other.
      socket.close(CLOSE.error)
    }
  })
  socket.on('close', () => {
    ended.abort()
    greeted.abort()
    agent?.disconnect(say)
  })
  // What a browser does wrong ends its own connection.
  socket.on('error', () => {})
  // A browser that says hello, or leaves, ends the wait.
  clock.sleep(HELLO_MS, greeted.signal).then(
    () => socket.close(CLOSE.error),
    () => {},
  )
  keepAlive(socket, clock, ended.signal)
}

/** Pings now and then; a browser that does not answer is gone. */
function keepAlive(socket: WebSocket, clock: Clock, ended: AbortSignal): void {
  async function check(): Promise<void> {
    while (!ended.aborted) {
      await clock.sleep(KEEP_ALIVE_MS, ended)
      const answered = new AbortController()
      socket.once('pong', () => answered.abort())
      socket.ping()
      await clock.sleep(PONG_MS, AbortSignal.any([ended, answered.signal])).then(
        () => socket.terminate(),
        () => {},
      )
    }
  }
  // It ends with the connection.
  check().catch(() => {})
}
