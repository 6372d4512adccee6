// The package as npm would publish it, packed once for a test run by the first test that asks for it.
import { execFile } from 'node:child_process'
import { access, cp, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { inject, vi } from 'vitest'

const run = promisify(execFile)

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** Inside of the checkout, so that what is staged there finds the checkout's node_modules. */
const STAGED = join(ROOT, '.staged')
const INGREDIENTS = [
  'bin',
  'src',
  'client',
  'tools',
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
]

/** A new folder in the checkout, which git and the checks ignore. */
export async function stagedFolder(name: string): Promise<string> {
  await mkdir(STAGED, { recursive: true })
  return await mkdtemp(join(STAGED, `${name}-`))
}

/** The path of the archive. */
export async function packedPackage(): Promise<string> {
  const { runFolder } = inject('postgres')
  const archive = join(runFolder, 'sendword.tgz')
  // Made by one of the test files that run at once; the others wait for it.
  const packing = join(runFolder, 'packing')
  const isFirst = await mkdir(packing).then(
    () => true,
    () => false,
  )
  if (isFirst) {
    await pack(archive).catch(async (error) => {
      await rm(packing, { recursive: true }) // so that whoever asks next gets this error too, and does not wait
      throw error
    })
  } else await vi.waitFor(() => access(archive), { timeout: 100_000, interval: 100 })
  return archive
}

/** Packs a copy, as the build makes `dist` anew and others may be using that of the checkout. */
async function pack(archive: string): Promise<void> {
  const copy = await stagedFolder('pack')
  try {
    for (const name of INGREDIENTS) await cp(join(ROOT, name), join(copy, name), { recursive: true })
    await run('npm', ['pack', '--silent'], { cwd: copy })
    const [packed = ''] = (await readdir(copy)).filter((name) => name.endsWith('.tgz'))
    await cp(join(copy, packed), `${archive}.part`)
    await rename(`${archive}.part`, archive)
  } finally {
    await rm(copy, { recursive: true, force: true })
  }
}

/** Unpacks the package into a folder's node_modules; what it depends on is found in the checkout's. */
export async function unpackInto(folder: string): Promise<void> {
  const target = join(folder, 'node_modules', 'sendword')
  await mkdir(target, { recursive: true })
  await run('tar', ['-xzf', await packedPackage(), '-C', target, '--strip-components=1'])
}
