// Once for a test run: the packaged PostgreSQL on a temporary folder, and the migrated database that tests copy.
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { migrate } from '../../src/database/migrate.ts'
import { openDatabase } from '../../src/database/open-database.ts'
import { systemClock } from '../../src/util/clock.ts'
import { silentLogger } from '../../src/util/logger.ts'
import { adminQuery, databaseUrl } from './postgres.ts'

const MIGRATIONS = new URL('../../src/store/migrations/', import.meta.url)
const TEMPLATE = 'migrated_template'
const PREFIX = 'sendword-test-'

// biome-ignore lint/style/noDefaultExport: vitest takes the default export of a setup file.
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await removeAbandoned()
  const folder = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`))
  // PostgreSQL runs under another user when we are root; that user has to get in.
  await chmod(folder, 0o755)
  const context = { logger: silentLogger, clock: systemClock }
  const server = await openDatabase({ database: folder, poolSize: 1, ...context })
  const [settings] = await server.execute<{ unix_socket_directories: string }>('SHOW unix_socket_directories')
  const host = settings?.unix_socket_directories.replaceAll('"', '') ?? ''
  const adminUrl = `postgresql:///postgres?${new URLSearchParams({ host, user: 'sendword' })}`

  await adminQuery(adminUrl, `CREATE DATABASE ${TEMPLATE}`)
  if (existsSync(MIGRATIONS)) {
    const template = await openDatabase({ database: databaseUrl(adminUrl, TEMPLATE), poolSize: 1, ...context })
    await migrate(template, MIGRATIONS, silentLogger, systemClock)
    await template.close()
  }
  project.provide('postgres', { adminUrl, template: TEMPLATE, runFolder: folder })
  return async () => {
    await server.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** A run that was killed leaves its server behind: adopting it and leaving stops it. */
async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = Number(name.startsWith(PREFIX) ? name.slice(PREFIX.length).split('-')[0] : undefined)
    if (!Number.isInteger(pid) || isAlive(pid)) continue
    const folder = join(tmpdir(), name)
    try {
      if (existsSync(join(folder, 'postgres', 'postmaster.pid'))) {
        const abandoned = await openDatabase({ database: folder, logger: silentLogger, clock: systemClock })
        await abandoned.close()
      }
      await rm(folder, { recursive: true, force: true })
    } catch {
      // Another user's, or another run removes it at this moment.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
