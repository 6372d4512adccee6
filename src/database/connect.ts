// One connection to PostgreSQL: made with a deadline, at the first server that can be used, and never left to hang.
import { Socket } from 'node:net'
import pg from 'pg'
import { StateError } from '../model/push-error.ts'
import { isUnavailable, reasonOf } from './connection-errors.ts'
import type { Host, Hosts } from './hosts.ts'

const CONNECT_TIMEOUT_MS = 10_000
/** Where others can be asked instead. */
const CONNECT_TIMEOUT_OF_SEVERAL_MS = 5_000

const LINK_DEFAULTS: pg.ClientConfig = {
  connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
}

const swallowed = () => undefined

export interface Connection {
  readonly client: pg.Client
  /** Drops the connection at once, without the goodbye that an unreachable server would never answer. */
  destroy(): void
}

/** A connection outside of the pool, to one server. Its errors after this point must be listened to by the caller. */
export async function openConnection(config: pg.ClientConfig, socket = new Socket()): Promise<Connection> {
  const client = new pg.Client({ ...LINK_DEFAULTS, ...config, stream: () => socket })
  client.on('error', swallowed)
  try {
    await client.connect()
  } catch (error) {
    socket.destroy()
    throw error
  }
  client.off('error', swallowed)
  return { client, destroy: () => socket.destroy() }
}

/** The same, to the first server that can be used. Throws PUSH_DATABASE_DOWN with what each said, when none can. */
export async function openAnywhere(hosts: Hosts, more: pg.ClientConfig = {}): Promise<Connection> {
  const failures: HostFailure[] = []
  for (const host of hosts.inOrder()) {
    try {
      return await openAt(hosts, host, more)
    } catch (error) {
      // A refused password is one everywhere, as with libpq.
      if (hosts.count === 1 || !isUnavailable(error)) throw error
      failures.push({ host, error })
    }
  }
  throw noneUsable(failures)
}

async function openAt(hosts: Hosts, host: Host, more: pg.ClientConfig): Promise<Connection> {
  const socket = new Socket()
  hosts.track(host, socket)
  try {
    const connection = await openConnection({ ...linkTo(hosts, host), ...more }, socket)
    connection.client.on('error', swallowed)
    await admit(hosts, host, connection.client)
    connection.client.off('error', swallowed)
    return connection
  } catch (error) {
    socket.destroy()
    hosts.failed(host)
    throw error
  }
}

function linkTo({ count }: Hosts, host: Host): pg.ClientConfig {
  return { ...host.config(), ...(count > 1 && { connectionTimeoutMillis: CONNECT_TIMEOUT_OF_SEVERAL_MS }) }
}

/** Looks whether the server takes writes, where it must. */
async function admit(hosts: Hosts, host: Host, client: pg.Client): Promise<void> {
  if (hosts.mustWrite) {
    const question = { text: 'SHOW transaction_read_only', query_timeout: CONNECT_TIMEOUT_OF_SEVERAL_MS }
    const { rows } = await client.query<{ transaction_read_only: string }>(question)
    if (rows[0]?.transaction_read_only !== 'off') {
      throw new StateError('PUSH_DATABASE_DOWN', {
        detail: 'The server is a standby, or takes no writes for another reason.',
      })
    }
  }
  hosts.succeeded(host)
}

type ConnectCallback = (error: Error | null) => void

/** A class for pg.Pool whose clients connect to the server that is the one to ask at that time. */
export function clientClass(hosts: Hosts): new () => pg.Client {
  return class extends pg.Client {
    readonly #host = hosts.first
    readonly #socket: Socket

    constructor() {
      const socket = new Socket()
      super({ ...LINK_DEFAULTS, ...linkTo(hosts, hosts.first), stream: () => socket, pipeline: true })
      this.#socket = socket
      hosts.track(this.#host, socket)
      // A connection that breaks while it is checked out but between two statements: the next statement fails and
      // says so. The pool hears this event on idle connections only; unheard, it would end the process.
      this.on('error', swallowed)
    }

    override connect(): Promise<pg.Client>
    override connect(callback: ConnectCallback): void
    override connect(callback?: ConnectCallback): Promise<pg.Client> | undefined {
      const connected = this.#open()
      if (callback === undefined) return connected
      connected.then(() => callback(null), callback)
      return undefined
    }

    async #open(): Promise<pg.Client> {
      try {
        await super.connect()
        await admit(hosts, this.#host, this)
        return this
      } catch (error) {
        this.#socket.destroy()
        hosts.failed(this.#host)
        throw error
      }
    }
  }
}

/** What each of the servers said. */
export interface HostFailure {
  readonly host: Host
  readonly error: unknown
}

export function noneUsable(failures: readonly HostFailure[]): StateError {
  const said = failures.map(({ host, error }) => `${host.name}: ${reasonOf(error)}`)
  return new StateError('PUSH_DATABASE_DOWN', { detail: `No server can be used (${said.join('; ')}).` })
}
