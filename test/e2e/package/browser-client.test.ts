// The browser client as it is published: small, with nothing behind it, and with types for pages and for workers.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { ROOT, stagedFolder, unpackInto } from '../../kit/packed-package.ts'

const run = promisify(execFile)
const TSC = join(ROOT, 'node_modules', '.bin', 'tsc')
/** Of docs/reference/browser-client.md. */
const MAX_GZIPPED_BYTES = 6000

vi.setConfig({ testTimeout: 90_000 })

let folder: string
beforeAll(async () => {
  folder = await stagedFolder('browser')
  await unpackInto(folder)
}, 120_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

test.each(['browser', 'worker'])('%s.js and all that it loads is under 6 kB compressed, and loads as it is', (name) => {
  const modules = loadedBy(join(folder, 'node_modules', 'sendword', 'dist', 'browser', `${name}.js`))
  expect(modules.size).toBeGreaterThan(5)
  const source = [...modules].map((file) => readFileSync(file, 'utf8')).join('\n')
  expect(gzipSync(source).length).toBeLessThan(MAX_GZIPPED_BYTES)
  expect(source).not.toMatch(/\b(process|Buffer|require)\b/)
})

test('the documentation states the size that holds', () => {
  expect(readFileSync(join(ROOT, 'docs/reference/browser-client.md'), 'utf8')).toContain('under 6 kB')
})

const PAGE = `
import { onClick, onMessage, refresh, SendwordError, subscribe, type SubscribeOptions, unsubscribe } from 'sendword/browser'

const options: SubscribeOptions = { server: 'https://push.shop.example', labels: { tier: 'gold' } }
onMessage(({ data, notification }) => console.log(data['order'], notification?.title))
onClick(({ action, url }) => console.log(action, url))
const known = await refresh(options)
const { deviceId, subscription } = known ?? (await subscribe(options))
console.log(deviceId.length, subscription.endpoint)
await unsubscribe().catch((error: unknown) => error instanceof SendwordError && error.code === 'unreachable')
// @ts-expect-error: a server is needed
subscribe({})
export {}
`
const WORKER = `
import { handlePushes } from 'sendword/browser/worker'

handlePushes({ news: { title: 'News from the shop' }, icon: '/icon.png' })
// @ts-expect-error: a notification has a title
handlePushes({ confirmed: {} })
export {}
`

test.each([
  ['a page', PAGE, ['es2022', 'dom']],
  ['a worker', WORKER, ['es2022', 'webworker']],
  ['both in one program', PAGE + WORKER.replace('export {}\n', ''), ['es2022', 'dom', 'dom.iterable']],
])('has types that compile in %s, where libraries are checked too', async (_, program, lib) => {
  const compilerOptions = {
    target: 'es2022',
    module: 'esnext',
    moduleResolution: 'bundler',
    strict: true,
    noEmit: true,
    types: [],
    lib,
  }
  await writeFile(join(folder, 'program.ts'), program)
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }))
  await run(TSC, ['--project', folder]).catch(({ stdout }) => expect.fail(stdout))
})

function loadedBy(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found
  found.add(file)
  const imported = readFileSync(file, 'utf8').matchAll(/from ["']([^"']+)["']/g)
  for (const [, name = ''] of imported) {
    // Nothing but files beside it, named as a browser wants them.
    expect(name).toMatch(/^\.{1,2}\/.*\.js$/)
    loadedBy(join(dirname(file), name), found)
  }
  return found
}
