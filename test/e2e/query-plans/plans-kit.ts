// Everything of Sendword that runs statements, on one large database: the operations of a core that delivers nothing, and
// a worker whose push service takes everything.

import type { Core } from '../../../src/app/core.ts'
import { openCore } from '../../../src/app/core.ts'
import { resolveOptions } from '../../../src/app/options/resolve-options.ts'
import type { Audience } from '../../../src/model/audience.ts'
import { takeTurn } from '../../../src/publishing/fan-out.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { silentLogger } from '../../../src/util/logger.ts'
import { systemRandom } from '../../../src/util/random.ts'
import { TEST_SECRET } from '../../kit/core.ts'
import { createEngineKit, type EngineKit, scriptedPush } from '../../kit/engine.ts'
import { query } from '../../kit/query.ts'
import { fillDatabase } from './large-database.ts'
import { statementsOf } from './recorded-statements.ts'
import { explain, type PlansFound } from './whole-reads.ts'

export const APP = 'default'

export interface PlansKit extends AsyncDisposable {
  readonly core: Core
  readonly engine: EngineKit
  /** The plans of all that is run while `work` is. */
  plansOf(work: () => Promise<unknown>): Promise<PlansFound>
  /** Accepts a message for an audience and finds its devices; answers its id. */
  fanOut(audience: Audience): Promise<string>
  /** Leaves nothing for the next worker. */
  emptyQueue(): Promise<void>
}

export async function createPlansKit(): Promise<PlansKit> {
  const engine = await createEngineKit({ push: scriptedPush('c2dm') })
  await fillDatabase(engine)
  const core = await openCore({
    logger: silentLogger,
    clock: systemClock,
    random: systemRandom,
    options: resolveOptions({
      database: engine.url,
      secret: TEST_SECRET,
      workers: false,
      apps: { [APP]: { c2dm: { token: 'never-sent' } } },
    }),
  })
  const { queue } = engine
  return {
    core,
    engine,
    plansOf: async (work) => await explain(engine.url, await statementsOf(work)),
    async fanOut(audience) {
      const { id } = await core.messages.publish({ app: APP, audience, content: { data: { a: 'b' } } })
      for (;;) {
        const [claim] = await queue.fanOuts.claim(1)
        if (!claim) return id
        await takeTurn(engine, claim)
      }
    },
    async emptyQueue() {
      await query(engine.url, `DELETE FROM sendword_queue.job WHERE name = 'delivery'`)
    },
    async [Symbol.asyncDispose]() {
      await core.close(0)
      await engine[Symbol.asyncDispose]()
    },
  }
}
