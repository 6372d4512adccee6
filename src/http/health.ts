// For supervisors and load balancers: /healthz says that the process lives, /readyz that it can serve.
import type { Core } from '../app/core.ts'
import { InputError, StateError } from '../model/push-error.ts'
import { singleFlight } from '../util/single-flight.ts'
import { type Answer, jsonAnswer } from './answer.ts'
import { toProblem } from './problem.ts'

/** A database that takes longer is as good as down for who asks. */
const PING_MS = 2000
const METHODS = ['GET', 'HEAD']

export interface Health {
  /** The answer for one of the two paths; undefined for any other. */
  answer(path: string, method: string): Promise<Answer> | undefined
}

export interface HealthInput {
  readonly core: Core
  /** True once the server is about to stop. */
  readonly isClosing: () => boolean
}

export function createHealth({ core, isClosing }: HealthInput): Health {
  const logger = core.logger.child('http')
  // Nobody can make us ask the database more than once at a time.
  const ping = singleFlight(() => pingInTime(core))
  const checks: ReadonlyMap<string, () => Promise<void>> = new Map([
    ['/healthz', async () => {}],
    [
      '/readyz',
      async () => {
        if (isClosing()) throw new StateError('PUSH_CLOSED')
        await ping()
      },
    ],
  ])
  async function run(check: () => Promise<void>, method: string): Promise<Answer> {
    if (!METHODS.includes(method)) {
      return toProblem(new InputError('PUSH_REQUEST_METHOD'), { logger, headers: { allow: METHODS.join(', ') } })
    }
    try {
      await check()
      return jsonAnswer(200, { status: 'ok' })
    } catch (error) {
      return toProblem(error, { logger })
    }
  }
  return {
    answer(path, method) {
      const check = checks.get(path)
      return check && run(check, method)
    },
  }
}

async function pingInTime({ clock, ping }: Core): Promise<void> {
  const answered = new AbortController()
  const late = clock.sleep(PING_MS, answered.signal).then(() => {
    throw new StateError('PUSH_DATABASE_DOWN')
  })
  try {
    await Promise.race([ping(), late])
  } finally {
    answered.abort()
    // It rejects now that it is aborted, and nobody waits for it.
    late.catch(() => {})
  }
}
