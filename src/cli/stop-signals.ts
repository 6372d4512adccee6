// Being told to stop: the first signal asks for an orderly end, a second one ends the process at once.

export type StopSignalName = 'SIGINT' | 'SIGTERM'

/** What work that was under way is ended with. */
export class StopRequest extends Error {
  readonly signal: StopSignalName

  constructor(signal: StopSignalName) {
    super(`stopped by ${signal}`)
    this.name = 'StopRequest'
    this.signal = signal
  }
}

export interface StopSignals {
  /** Aborts at the first signal, with a StopRequest. */
  readonly signal: AbortSignal
  /** Resolves at the first signal. */
  readonly received: Promise<StopRequest>
}

export interface StopSignalsInput {
  readonly process: NodeJS.EventEmitter
  /** Ends the process at once. */
  readonly exit: (code: number) => void
  /** Milliseconds; a clock that never jumps back. */
  readonly now: () => number
  /**
   * Milliseconds for which the same signal again is its echo: npm passes on a Ctrl-C that the terminal has sent to
   * every process of the foreground already. 0: there are no echoes.
   */
  readonly echoMs: number
}

const EXIT_AT_ONCE = { SIGINT: 130, SIGTERM: 143 } as const

export function listenForStop({ process, exit, now, echoMs }: StopSignalsInput): StopSignals {
  const stop = new AbortController()
  let first: { readonly name: StopSignalName; readonly at: number } | undefined
  const received = new Promise<StopRequest>((resolve) => {
    const onSignal = (name: StopSignalName) => {
      if (first === undefined) {
        first = { name, at: now() }
        const request = new StopRequest(name)
        stop.abort(request)
        resolve(request)
      } else if (name !== first.name || now() - first.at >= echoMs) {
        exit(EXIT_AT_ONCE[name])
      }
    }
    process.on('SIGINT', () => onSignal('SIGINT'))
    process.on('SIGTERM', () => onSignal('SIGTERM'))
  })
  return { signal: stop.signal, received }
}
