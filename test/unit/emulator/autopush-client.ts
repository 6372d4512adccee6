// A browser as autopush sees it: what Firefox says on its WebSocket.
import { once } from 'node:events'
import { WebSocket } from 'ws'

// biome-ignore lint/suspicious/noExplicitAny: each test says what it expects of it.
type Frame = Record<string, any>

export class AutopushClient {
  /** The code that the connection was closed with. */
  readonly closed: Promise<number>
  /** The server's first ping. */
  readonly pinged: Promise<unknown>
  answersPings = true
  readonly #socket: WebSocket
  readonly #frames: Frame[] = []
  #arrived = Promise.withResolvers<void>()

  static async connect(url: string): Promise<AutopushClient> {
    const socket = new WebSocket(url, ['push-notification'], { autoPong: false })
    const client = new AutopushClient(socket)
    await once(socket, 'open')
    return client
  }

  constructor(socket: WebSocket) {
    this.#socket = socket
    this.closed = new Promise((resolve) => socket.on('close', resolve))
    this.pinged = new Promise((resolve) => socket.on('ping', resolve))
    socket.on('error', () => {})
    socket.on('ping', () => {
      if (this.answersPings) socket.pong()
    })
    socket.on('message', (data) => {
      this.#frames.push(JSON.parse(data.toString()))
      this.#arrived.resolve()
    })
  }

  get protocol(): string {
    return this.#socket.protocol
  }

  say(frame: object | string): void {
    this.#socket.send(typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame))
  }

  /** The oldest frame that has not been taken yet, or the first that comes. */
  async next(): Promise<Frame> {
    for (;;) {
      const frame = this.#frames.shift()
      if (frame) return frame
      this.#arrived = Promise.withResolvers()
      await this.#arrived.promise
    }
  }

  async take(count: number): Promise<Frame[]> {
    const frames: Frame[] = []
    while (frames.length < count) frames.push(await this.next())
    return frames
  }

  /** Everything that has come before the answer to a ping. */
  async roundTrip(): Promise<Frame[]> {
    this.say({})
    const frames: Frame[] = []
    for (;;) {
      const frame = await this.next()
      if (Object.keys(frame).length === 0) return frames
      frames.push(frame)
    }
  }

  hello(uaid?: string): Promise<Frame> {
    this.say({ messageType: 'hello', broadcasts: {}, use_webpush: true, ...(uaid !== undefined && { uaid }) })
    return this.next()
  }

  /** Returns the endpoint. */
  async register(channelID: string, key?: string): Promise<string> {
    this.say({ messageType: 'register', channelID, ...(key !== undefined && { key }) })
    return (await this.next()).pushEndpoint
  }

  acknowledge(channelID: string, version: string, code = 100): void {
    this.say({ messageType: 'ack', updates: [{ channelID, version, code }] })
  }

  async end(): Promise<void> {
    this.#socket.close()
    await this.closed
  }
}
