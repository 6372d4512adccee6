// Makes dist/ from src/ and client/: plain tsc, and the files beside the code that tsc leaves alone.
import { spawnSync } from 'node:child_process'
import { cp, glob, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const TARGET = join(ROOT, 'dist')
/** The client twice: a page and a service worker have different globals, and what they share is the same in both. */
const PROJECTS = ['tsconfig.build.json', 'client/tsconfig.json', 'client/tsconfig.worker.json']
/** What code reads at run time, by a path of its own. */
const LEFT_ALONE = [
  { source: join(ROOT, 'src'), target: TARGET, files: '**/*.{sql,html,css,svg,js}' },
  { source: join(ROOT, 'client'), target: join(TARGET, 'browser'), files: '**/*.{html,css,svg}' },
]

// What a file that has gone from src/ left there must not be published.
await rm(TARGET, { recursive: true, force: true })
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
for (const project of PROJECTS) {
  const emitting = ['-p', join(ROOT, project), '--noEmit', 'false']
  const { status } = spawnSync(process.execPath, [tsc, ...emitting], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

for (const { source, target, files } of LEFT_ALONE) {
  let copied = 0
  for await (const file of glob(join(source, files))) {
    await cp(file, join(target, relative(source, file)))
    copied++
  }
  if (copied === 0) throw new Error(`No ${files} was found in ${source}: the package would lack what it reads.`)
}
