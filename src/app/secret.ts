// The secret that seals credentials: the operator's, or one made once in the data folder.
import { randomUUID } from 'node:crypto'
import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Random } from '../util/random.ts'

const FILE = 'secret'
const SECRET_BYTES = 32

/** Undefined on a database of one's own without SENDWORD_SECRET: asked for when something must be sealed. */
export async function findSecret(input: {
  given: string | undefined
  folder: string | undefined
  random: Random
}): Promise<string | undefined> {
  if (input.given !== undefined) return input.given
  if (input.folder === undefined) return undefined
  return await ownSecret(join(input.folder, FILE), input.random)
}

async function ownSecret(path: string, random: Random): Promise<string> {
  const known = await readSecret(path)
  if (known !== undefined) return known
  // Written aside and linked into place: of several processes that start at once one wins, and none reads half of it.
  const aside = `${path}.${randomUUID()}`
  await writeFile(aside, `${random.bytes(SECRET_BYTES).toString('base64url')}\n`, {
    mode: 0o600,
    flag: 'wx',
    flush: true,
  })
  try {
    await link(aside, path)
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error
  } finally {
    await rm(aside)
  }
  return (await readSecret(path)) ?? (await ownSecret(path, random))
}

async function readSecret(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined
    throw error
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
