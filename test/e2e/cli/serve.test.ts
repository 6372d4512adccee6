// `sendword serve` as a process: what it prints, its API key, and how it stops.
import { readFile, stat } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createEmulator, type Emulator } from '../../../src/emulator/create-emulator.ts'
import { createTestDatabase, type TestDatabase } from '../../kit/postgres.ts'
import {
  killAllRunning,
  MAIN,
  removeFolder,
  runCommand,
  startCommand,
  startProgram,
  startServe,
  temporaryFolder,
} from './command.ts'

const DEVICE = 'device-0001'

let folder: string
beforeEach(async () => {
  folder = await temporaryFolder()
})
afterEach(async () => {
  killAllRunning()
  await removeFolder(folder, 'data')
})

function holdsOf(url: string, key: string): Promise<Response> {
  return fetch(`${url}/v1/apps/default/holds`, { headers: { authorization: `Bearer ${key}` } })
}

describe('serve', () => {
  test('starts without configuration, says what is where, leaves the doors out, and ends with 0 on SIGTERM', async () => {
    const serve = await startServe([], { folder })
    expect(serve.out()).toContain(join(folder, 'data'))
    expect(serve.out()).toMatch(/C2DM +not configured, so its doors are left out/)
    expect((await fetch(`${serve.url}/readyz`)).status).toBe(200)
    expect((await fetch(`${serve.url}/c2dm/registration`)).status).toBe(404)
    serve.signal('SIGTERM')
    expect((await serve.ended).code).toBe(0)
  })

  test('writes a generated key where only its user can read it, and the key works, also after the next start', async () => {
    const first = await startServe([], { folder })
    const file = join(folder, 'data', 'api-key')
    expect(first.out()).toMatch(/API key +in .*\/data\/api-key/)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const key = (await readFile(file, 'utf8')).trim()
    expect(first.out() + first.err()).not.toContain(key)
    expect((await holdsOf(first.url, key)).status).toBe(200)
    expect((await holdsOf(first.url, `${key}x`)).status).toBe(401)
    first.signal('SIGINT')
    expect((await first.ended).code).toBe(0)

    const next = await startServe([], { folder })
    expect((await holdsOf(next.url, key)).status).toBe(200)
    next.signal('SIGTERM')
    await next.ended
  })

  test('shows a generated key once on a terminal, and takes Ctrl-C there', async ({ skip }) => {
    skip(process.platform !== 'linux', 'script(1) of util-linux makes the terminal')
    const command = `exec ${process.execPath} ${MAIN} serve --port 0`
    const onTerminal = () => startProgram(['script', '-qefc', command, '/dev/null'], { folder })
    const first = onTerminal()
    const [, key = ''] = await first.printed(/API key: \S*?(sw_[\w-]+)/)
    const [, url = ''] = await first.printed(/listens on \S*?(http:\/\/[\d.:]+)[\s\S]*shown above/)
    expect((await holdsOf(url, key)).status).toBe(200)
    first.child.stdin.write('\x03')
    expect((await first.ended).code).toBe(0)

    const next = onTerminal()
    await next.printed(/API key +the one that was shown on the first start/)
    expect(next.out()).not.toContain('sw_')
    next.child.stdin.write('\x03')
    await next.ended
  })

  test('takes the key of SENDWORD_API_KEY and shows none', async () => {
    const key = 'a-key-of-my-own-with-24-characters'
    const serve = await startServe([], { folder, env: { SENDWORD_API_KEY: key } })
    expect(serve.out()).toMatch(/API key +the one of SENDWORD_API_KEY/)
    expect(serve.out()).not.toContain(key)
    expect((await holdsOf(serve.url, key)).status).toBe(200)
    await expect(stat(join(folder, 'data', 'api-key'))).rejects.toThrow('ENOENT')
    serve.signal('SIGTERM')
    await serve.ended
  })

  test('answers on one line of JSON with --json', async () => {
    const serve = startCommand(['serve', '--port', '0', '--json'], { folder })
    const [line] = await serve.printed(/^\{.*\}\n/)
    expect(JSON.parse(line)).toEqual({
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      location: join(folder, 'data'),
      c2dm: {},
      delivers: false,
      apiKey: 'file',
      apiKeyFile: join(folder, 'data', 'api-key'),
    })
    serve.signal('SIGTERM')
    expect((await serve.ended).out).toBe(line)
  })
})

describe('serve, where the port is taken', () => {
  let taken: Server
  beforeEach(async () => {
    taken = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => taken.once('listening', resolve))
  })
  afterEach(() => void taken.close())

  test('says so and exits with 2', async () => {
    const { port } = taken.address() as AddressInfo
    const { code, err } = await runCommand(['serve', '--port', String(port)], { folder })
    expect(code).toBe(2)
    expect(err).toMatch(/^error: .*something else listens there.*--port/m)
    expect(err).toMatch(/^code: PUSH_HTTP_LISTEN$/m)
  })
})

describe('serve with an emulator', () => {
  let emulator: Emulator
  beforeAll(async () => {
    emulator = await createEmulator()
  })
  afterAll(() => emulator.close())
  afterEach(() => emulator.reset())

  test('needs no configuration; commands work beside it, and say when nothing delivers', async () => {
    const serve = await startServe(['--emulator', emulator.url], { folder })
    expect(serve.out()).toContain(`${serve.url}/c2dm`)
    const device = emulator.devices.create()
    await device.handshake({ url: `${serve.url}/c2dm`, deviceId: DEVICE })

    const listed = await runCommand(['devices', 'list', '--json'], { folder })
    expect(JSON.parse(listed.out).devices).toEqual([expect.objectContaining({ deviceId: DEVICE, state: 'active' })])
    const sent = await runCommand(['send', DEVICE, '--data', 'greeting=hello', 'n=1', '--json', '--wait', '20'], {
      folder,
    })
    expect(sent).toMatchObject({ code: 0, err: '' })
    const arrived = await device.nextMessage({ where: ({ data }) => 'greeting' in data })
    expect(arrived.data).toEqual({ greeting: 'hello', n: '1' })
    const { id } = JSON.parse(sent.out)
    const shown = await runCommand(['messages', 'show', id, '--json'], { folder })
    expect(JSON.parse(shown.out)).toMatchObject({ id, deviceId: DEVICE, state: 'settled', outcome: 'accepted' })

    serve.signal('SIGTERM')
    expect((await serve.ended).code).toBe(0)

    const queued = await runCommand(['send', DEVICE, '--data', 'late=1'], { folder })
    expect(queued.code).toBe(0)
    expect(queued.out).toMatch(/^Accepted message [\w-]+ for device-0001\.$/m)
    expect(queued.err).toMatch(/It is queued, as nothing delivers now/)

    const worker = startCommand(['worker', '--emulator', emulator.url], { folder })
    await worker.printed(/^Delivering/m)
    expect((await device.nextMessage({ where: ({ data }) => 'late' in data })).data).toEqual({ late: '1' })
    worker.signal('SIGTERM')
    expect((await worker.ended).code).toBe(0)

    const removed = await runCommand(['devices', 'remove', DEVICE], { folder })
    expect(removed.code).toBe(0)
    const refused = await runCommand(['send', DEVICE, '--data', 'a=b'], { folder })
    expect(refused.code).toBe(3)
    expect(refused.err).toMatch(/^code: PUSH_DEVICE_UNKNOWN$/m)
  }, 120_000)

  test('finishes what is in flight on SIGTERM; a second signal ends it at once', async () => {
    const serve = await startServe(['--emulator', emulator.url], { folder })
    const device = emulator.devices.create()
    await device.handshake({ url: `${serve.url}/c2dm`, deviceId: DEVICE })
    emulator.faults.add({ service: 'c2dm', effect: { kind: 'no-answer' } })
    const { last } = emulator.requests
    await runCommand(['send', DEVICE, '--data', 'a=b'], { folder })
    await emulator.requests.next({ after: last })
    serve.signal('SIGTERM')
    await serve.printed(/^Stopping: what is in flight/m, 'err')
    serve.signal('SIGTERM')
    expect((await serve.ended).code).toBe(143)
  }, 60_000)

  test('is over within its grace period, even where a push service does not answer', async () => {
    const serve = await startServe(['--emulator', emulator.url], { folder, env: { SENDWORD_GRACE_SECONDS: '1' } })
    const device = emulator.devices.create()
    await device.handshake({ url: `${serve.url}/c2dm`, deviceId: DEVICE })
    emulator.faults.add({ service: 'c2dm', effect: { kind: 'no-answer' } })
    const { last } = emulator.requests
    await runCommand(['send', DEVICE, '--data', 'a=b'], { folder })
    await emulator.requests.next({ after: last })
    serve.signal('SIGTERM')
    expect((await serve.ended).code).toBe(0)
  }, 60_000)
})

describe('serve on a PostgreSQL of one’s own', () => {
  let database: TestDatabase
  beforeEach(async () => {
    database = await createTestDatabase()
  })
  afterEach(() => database.dispose())

  test('refuses to start without terminal and API key, and starts with one', async () => {
    const env = { DATABASE_URL: database.url }
    const refused = await runCommand(['serve', '--port', '0'], { folder, env })
    expect(refused.code).toBe(2)
    expect(refused.err).toMatch(/^code: PUSH_CONFIG_API_KEY_MISSING$/m)
    const serve = await startServe([], { folder, env: { ...env, SENDWORD_API_KEY: 'k'.repeat(24) } })
    expect(serve.out()).toMatch(/data +postgresql:\/\//)
    serve.signal('SIGTERM')
    expect((await serve.ended).code).toBe(0)
  })

  test('that is down is waited for until it is told to stop', async () => {
    const serve = startCommand(['serve', '--port', '0'], {
      folder,
      env: { DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none', SENDWORD_API_KEY: 'k'.repeat(24) },
    })
    await serve.printed(/The database cannot be reached; waiting for it/, 'err')
    serve.signal('SIGTERM')
    expect((await serve.ended).code).toBe(0)
  })
})
