// An example as a process of its own: a copy of its folder with the packed package, against an emulator.
import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createEmulator, type Emulator } from '../../../src/emulator/create-emulator.ts'
import { TEST_SECRET } from '../../kit/core.ts'
import { ROOT, stagedFolder, unpackInto } from '../../kit/packed-package.ts'
import { createTestDatabase } from '../../kit/postgres.ts'
import { query } from '../../kit/query.ts'
import { type Running, startProgram } from '../cli/command.ts'

export const API_KEY = 'an-api-key-for-examples-of-32-chars'

export interface StagedExample extends AsyncDisposable {
  readonly folder: string
  readonly emulator: Emulator
  /** Runs one of its scripts as npm would. */
  start(words: readonly string[]): Running
  /** Engines that deliver now: each listens for jobs on a connection of its own. */
  countEngines(): Promise<number>
}

export async function stageExample(name: string): Promise<StagedExample> {
  const folder = await stagedFolder(name)
  await cp(join(ROOT, 'examples', name), folder, { recursive: true })
  await unpackInto(folder)
  const emulator = await createEmulator()
  const database = await createTestDatabase()
  const { user, password } = emulator.credentials.c2dm
  const { sendUrl, clientLoginUrl } = emulator.services.c2dm
  const env = {
    PORT: '0',
    DATABASE_URL: database.url,
    SENDWORD_SECRET: TEST_SECRET,
    SENDWORD_API_KEY: API_KEY,
    C2DM_AUTH_USER: user,
    C2DM_AUTH_PASSWORD: password,
    C2DM_URL: sendUrl,
    CLIENT_LOGIN_URL: clientLoginUrl,
  }
  return {
    folder,
    emulator,
    start: (words) => startProgram(words, { folder, env: { ...env, ...NEXT_ENV } }),
    async countEngines() {
      const rows = await query(
        database.url,
        `SELECT FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'sendword listens to sendword_work'`,
      )
      return rows.length
    },
    async [Symbol.asyncDispose]() {
      await emulator.close()
      await database.dispose()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** What the scripts in Next’s package.json set, and no talk with its makers. */
const NEXT_ENV = { NEXT_MANUAL_SIG_HANDLE: 'true', NEXT_TELEMETRY_DISABLED: '1' }
