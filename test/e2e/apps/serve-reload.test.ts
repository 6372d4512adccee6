// `serve` and `worker` as processes whose configuration file changes, or that get a SIGHUP, while messages flow.
import { mkdir, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createEmulator, type Emulator } from '../../../src/emulator/create-emulator.ts'
import { emulatedC2dm } from '../../kit/core.ts'
import { eventually } from '../../kit/query.ts'
import {
  killAllRunning,
  type Running,
  removeFolder,
  runCommand,
  startCommand,
  startServe,
  temporaryFolder,
} from '../cli/command.ts'
import type { Apps } from './apps-kit.ts'

const API_KEY = 'k'.repeat(24)
const DEVICE = 'device-0001'

let folder: string
let first: Emulator
let second: Emulator
beforeEach(async () => {
  folder = await temporaryFolder()
  ;[first, second] = await Promise.all([createEmulator(), createEmulator()])
})
afterEach(async () => {
  killAllRunning()
  await Promise.all([first.close(), second.close()])
  await removeFolder(folder, 'data')
})

const env = { SENDWORD_API_KEY: API_KEY }
const c2dm = (emulator: Emulator) => ({ c2dm: emulatedC2dm(emulator) })

async function configure(apps: Apps, others: object = {}): Promise<void> {
  await writeFile(join(folder, 'sendword.config.json'), JSON.stringify({ apps, ...others }))
}

/** As editors do it: a new file takes the place of the old one. */
async function replaceConfiguration(apps: Apps): Promise<void> {
  await writeFile(join(folder, 'new.json'), JSON.stringify({ apps }))
  await rename(join(folder, 'new.json'), join(folder, 'sendword.config.json'))
}

const reloaded = (process: Running) => process.printed(/The configuration was reloaded/, 'err')

function call(url: string, path: string, body?: object): Promise<Response> {
  return fetch(`${url}/v1/apps/${path}`, {
    headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  })
}

async function send(url: string, app: string, n: string): Promise<void> {
  const answer = await call(url, `${app}/devices/${DEVICE}/messages`, { data: { n } })
  expect(answer.status).toBe(202)
}

describe('serve', () => {
  test('adds an app under load when its file changes; every message arrives once', async () => {
    await configure({ default: c2dm(first) })
    const serve = await startServe([], { folder, env })
    const mine = first.devices.create()
    await mine.handshake({ url: `${serve.url}/c2dm`, deviceId: DEVICE })
    expect((await fetch(`${serve.url}/apps/shop/c2dm/registration`)).status).toBe(404)

    const sent: string[] = []
    let isChanged = false
    const load = (async () => {
      // Before, during and after the change.
      for (let after = 0; after < 20; after += isChanged ? 1 : 0) {
        sent.push(`${sent.length}`)
        await send(serve.url, 'default', `${sent.length - 1}`)
      }
    })()
    await replaceConfiguration({ default: c2dm(first), shop: c2dm(second) })
    await reloaded(serve)
    isChanged = true
    const theirs = second.devices.create()
    await theirs.handshake({ url: `${serve.url}/apps/shop/c2dm`, deviceId: DEVICE })
    await load
    await send(serve.url, 'shop', 'shop')
    await theirs.nextMessage({ where: ({ data }) => data.n === 'shop' })

    const arrivedAt = () => mine.inbox.flatMap(({ data }) => data.n ?? [])
    await eventually(
      async () => arrivedAt().length,
      (count) => count >= sent.length,
    )
    expect(arrivedAt().toSorted()).toEqual(sent.toSorted())
    expect(serve.err()).not.toContain(emulatedC2dm(second).password)

    await configure({ default: c2dm(first) })
    await eventually(
      async () => (await fetch(`${serve.url}/apps/shop/c2dm/registration`)).status,
      (status) => status === 404,
    )
    expect((await call(serve.url, 'shop/holds')).status).toBe(404)
    serve.signal('SIGTERM')
    expect((await serve.ended).code).toBe(0)
  }, 60_000)

  test('starts to deliver on SIGHUP when it started without a push service', async () => {
    // What it leads to lies outside of the watched folder, so that only the signal tells of a change.
    await mkdir(join(folder, 'elsewhere'))
    await symlink(join(folder, 'elsewhere', 'options.json'), join(folder, 'sendword.config.json'))
    await configure({ default: {} })
    const serve = await startServe([], { folder, env })
    expect(serve.out()).toMatch(/delivery +not by this process, which has no push service/)
    serve.signal('SIGHUP')
    await serve.printed(/read again; no app has changed/, 'err')
    await configure({ default: c2dm(first) })
    serve.signal('SIGHUP')
    await reloaded(serve)
    await first.devices.create().handshake({ url: `${serve.url}/c2dm`, deviceId: DEVICE })
    serve.signal('SIGTERM')
    expect((await serve.ended).code).toBe(0)
  }, 60_000)

  test('refuses a broken file by name and place, keeps what it has, and takes the mended one', async () => {
    await configure({ default: c2dm(first) })
    const serve = await startServe([], { folder, env })
    const device = first.devices.create()
    await device.handshake({ url: `${serve.url}/c2dm`, deviceId: DEVICE })
    await writeFile(join(folder, 'sendword.config.json'), '{ "apps": { "default": }')
    await serve.printed(
      /not reloaded, and the running one stays: .*sendword\.config\.json is not valid JSON at line 1/,
      'err',
    )
    await configure({ default: { c2dm: { user: 'a@example.com', pasword: 'hidden-word' } as never } })
    await serve.printed(/running one stays: .*apps\.default\.c2dm\.pasword is not an option\. Did you mean/, 'err')
    expect(serve.err()).not.toContain('hidden-word')
    await send(serve.url, 'default', '1')
    await device.nextMessage({ where: ({ data }) => data.n === '1' })
    await configure({ default: c2dm(first), shop: {} }, { http: { graceSeconds: 7 } })
    await serve.printed(/need a restart: http\.graceSeconds/, 'err')
    expect((await call(serve.url, 'shop/holds')).status).toBe(200)
  }, 60_000)

  test('reads a module anew', async () => {
    const file = join(folder, 'sendword.config.ts')
    await writeFile(file, `export default { apps: { default: {} } }`)
    const serve = await startServe([], { folder, env })
    for (const app of ['shop', 'news']) {
      await writeFile(file, `const app: string = '${app}'\nexport default { apps: { default: {}, [app]: {} } }`)
      await eventually(
        async () => (await call(serve.url, `${app}/holds`)).status,
        (status) => status === 200,
      )
    }
    expect((await call(serve.url, 'shop/holds')).status).toBe(404)
  }, 60_000)

  test('goes on with the new password after ClientLogin has refused the old one', async () => {
    await configure({ default: c2dm(first) })
    const serve = await startServe([], { folder, env })
    const device = first.devices.create()
    await device.handshake({ url: `${serve.url}/c2dm`, deviceId: DEVICE })
    const { user: _user, password: _password, ...places } = emulatedC2dm(first)
    await configure({ default: { c2dm: { ...places, token: 'revoked' } } })
    await reloaded(serve)
    for (const n of ['1', '2', '3']) await send(serve.url, 'default', n)
    await serve.printed(/refuses the credential; delivery is paused/, 'err')
    const listed = await runCommand(['apps', 'list', '--json'], { folder })
    expect(JSON.parse(listed.out).apps).toEqual([
      { app: 'default', transports: [expect.objectContaining({ transport: 'c2dm', state: 'paused' })] },
    ])
    await configure({ default: c2dm(first) })
    for (const n of ['1', '2', '3']) await device.nextMessage({ where: ({ data }) => data.n === n })
    expect(device.inbox.filter(({ data }) => 'n' in data)).toHaveLength(3)
    const mended = await runCommand(['apps', 'list'], { folder })
    expect(mended.out).toMatch(/^default +c2dm +sending$/m)
  }, 60_000)
})

describe('worker', () => {
  test('delivers for an app that its file names only later', async () => {
    await configure({ default: c2dm(first) })
    const worker = startCommand(['worker'], { folder, env })
    await worker.printed(/^Delivering/m)
    await configure({ default: c2dm(first), shop: c2dm(second) })
    await reloaded(worker)
    const serve = await startServe(['--no-worker'], { folder, env })
    const device = second.devices.create()
    await device.handshake({ url: `${serve.url}/apps/shop/c2dm`, deviceId: DEVICE })
    worker.signal('SIGTERM')
    expect((await worker.ended).code).toBe(0)
  }, 60_000)
})
