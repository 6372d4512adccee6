// The cURL lines of django-c2dm's README work as they stand there: only scheme and host, and the values that it marks
// as placeholders, are put in.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createEmulator, type Emulator } from '../../../src/emulator/create-emulator.ts'
import { freePort } from '../../kit/free-port.ts'
import { type ServeProcess, startServe } from '../../soak/serve-process.ts'
import { codeBlocks, readPage } from './pages.ts'
import { createShell, hasCurl, NO_CURL, type Shell } from './shell.ts'

const LOGIN =
  'curl -X POST https://www.google.com/accounts/ClientLogin -d Email=ACCOUNT -d Passwd=PASSWORD -d accountType=HOSTED_OR_GOOGLE -d service=ac2dm'
const REGISTRATION = 'curl -X GET "http://<domain>/<path>/registration?device_id=<dev_id>&registration_id=<reg_id>"'
const CONFIRMATION =
  'curl -X GET "http://<domain>/<path>/confirmation?device_id=<dev_id>&registration_token=<reg_token>"'

/** The lines stay as they are; this only tells what they print from the status of the answer. */
const SHOW_STATUS = `curl() { command curl -s -w '%{http_code}' "$@"; }`
const DEVICE_ID = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

let folder: string
let emulator: Emulator
let serve: ServeProcess
let shell: Shell

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sendword-historic-'))
  // PostgreSQL runs under another user when we are root; that user has to get in.
  await chmod(folder, 0o755)
  emulator = await createEmulator()
  const key = 'a-key-of-at-least-24-characters'
  serve = await startServe({ folder, port: await freePort(), emulatorUrl: emulator.url, apiKey: key })
  shell = createShell(folder)
  await shell.run(SHOW_STATUS)
})
afterAll(async () => {
  shell.close()
  await serve.stop()
  await emulator.close()
  await rm(folder, { recursive: true, force: true })
})

test('the page for those who move shows the lines as they were', () => {
  const block = codeBlocks(readPage('docs/how-to/move-from-django-c2dm.md')).find(({ mark }) => mark === 'historic')
  expect(block?.code.split('\n')).toEqual([LOGIN, REGISTRATION, CONFIRMATION])
})

describe('run by bash and curl', () => {
  test('the first gets a token from the emulator', async (context) => {
    if (!(await hasCurl())) context.skip(NO_CURL)
    const { user, password } = emulator.credentials.c2dm
    const printed = await shell.run(
      fill(LOGIN, { 'https://www.google.com': emulator.url, ACCOUNT: user, PASSWORD: password }),
    )
    expect(printed).toMatch(/^SID=.+\nLSID=.+\nAuth=\S+\n200$/)
  })

  test('the others register a device at the server and confirm it', async (context) => {
    if (!(await hasCurl())) context.skip(NO_CURL)
    const phone = emulator.devices.create()
    const place = { '<domain>': new URL(serve.url).host, '<path>': 'c2dm', '<dev_id>': DEVICE_ID }
    expect(await shell.run(fill(REGISTRATION, { ...place, '<reg_id>': phone.registrationId }))).toBe('200')
    const { data } = await phone.nextMessage()
    const token = data.registration_token ?? ''
    expect(await shell.run(fill(CONFIRMATION, { ...place, '<reg_token>': `${token}x` }))).toMatch(/400$/)
    expect(await shell.run(fill(CONFIRMATION, { ...place, '<reg_token>': token }))).toBe('200')
  })

  test('another method than GET is answered 501', async (context) => {
    if (!(await hasCurl())) context.skip(NO_CURL)
    const line = fill(REGISTRATION, {
      '-X GET': '-X POST',
      '<domain>': new URL(serve.url).host,
      '<path>': 'c2dm',
      '<dev_id>': DEVICE_ID,
      '<reg_id>': 'some-registration-id',
    })
    expect(await shell.run(line)).toMatch(/501$/)
  })
})

function fill(line: string, values: Readonly<Record<string, string>>): string {
  return Object.entries(values).reduce((filled, [name, value]) => {
    if (!filled.includes(name)) throw new Error(`${name} is not in: ${line}`)
    return filled.replace(name, value)
  }, line)
}
