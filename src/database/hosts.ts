// The servers that a database may be at: which one is asked first, and who is connected to which, so that all can leave
// one that has become a standby.
import type { Socket } from 'node:net'
import type { ClientConfig } from 'pg'

export interface Host {
  /** For people. */
  readonly name: string
  /** How to connect now; asked for every connection, because a server that was started anew may have moved. */
  config(): ClientConfig
}

export interface HostsInput {
  readonly hosts: readonly [Host, ...Host[]]
  /** Whether one that takes no writes must not be used. */
  readonly mustWrite: boolean
}

export class Hosts {
  readonly mustWrite: boolean
  readonly #hosts: readonly Host[]
  readonly #sockets = new Map<Socket, Host>()
  #first: Host

  constructor({ hosts, mustWrite }: HostsInput) {
    this.mustWrite = mustWrite
    this.#hosts = hosts
    this.#first = hosts[0]
  }

  get count(): number {
    return this.#hosts.length
  }

  /** The one to ask first: the last that could be used, or the one after a failure. */
  get first(): Host {
    return this.#first
  }

  /** All of them, each once, `first` first. */
  inOrder(): Host[] {
    const at = this.#hosts.indexOf(this.#first)
    return [...this.#hosts.slice(at), ...this.#hosts.slice(0, at)]
  }

  /** A connection that leads to `host`, or will. */
  track(host: Host, socket: Socket): void {
    this.#sockets.set(socket, host)
    socket.once('close', () => this.#sockets.delete(socket))
  }

  /** It could not be used. Who finds that out after others has nothing to change. */
  failed(host: Host): void {
    const at = this.#hosts.indexOf(host)
    if (this.#first === host) this.#first = this.#hosts[(at + 1) % this.#hosts.length] ?? host
  }

  /**
   * It can be used. There is one server that takes writes: connections to others, which may hang for many minutes where
   * a machine has vanished, are ended.
   */
  succeeded(host: Host): void {
    this.#first = host
    if (!this.mustWrite) return
    for (const [socket, at] of this.#sockets) if (at !== host) socket.destroy()
  }

  /** Ends all connections: their server has become one that takes no writes. */
  leave(): void {
    for (const socket of this.#sockets.keys()) socket.destroy()
  }
}
