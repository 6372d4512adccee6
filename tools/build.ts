// Makes dist/ from src/: plain tsc, and the files beside the code that tsc leaves alone.
import { spawnSync } from 'node:child_process'
import { cp, glob, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const SOURCE = join(ROOT, 'src')
const TARGET = join(ROOT, 'dist')
/** What code reads at run time, by a path of its own. */
const LEFT_ALONE = '**/*.sql'

// What a file that has gone from src/ left there must not be published.
await rm(TARGET, { recursive: true, force: true })
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
const { status } = spawnSync(process.execPath, [tsc, '-p', join(ROOT, 'tsconfig.build.json')], { stdio: 'inherit' })
if (status !== 0) process.exit(status ?? 1)

let copied = 0
for await (const file of glob(join(SOURCE, LEFT_ALONE))) {
  await cp(file, join(TARGET, relative(SOURCE, file)))
  copied++
}
if (copied === 0) throw new Error(`No ${LEFT_ALONE} was found in ${SOURCE}: the package could not make its database.`)
