// The npm package firebase-admin against the emulator: only its agent and its transport are changed.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cert, deleteApp, initializeApp } from 'firebase-admin/app'
import { getMessaging } from 'firebase-admin/messaging'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createEmulator, type Emulator, type VirtualDevice } from '../../../src/emulator/create-emulator.ts'

let emulator: Emulator
let phone: VirtualDevice
let agent: Agent
let folder: string
let app: ReturnType<typeof initializeApp>

beforeEach(async () => {
  emulator = await createEmulator()
  phone = emulator.devices.create({ service: 'fcm' })
  // What an agent is given goes before what a request says: every host is the emulator.
  const { port } = new URL(emulator.services.fcm.url)
  agent = new Agent({
    host: '127.0.0.1',
    port: Number(port),
    servername: 'localhost',
    ca: emulator.ca,
    keepAlive: true,
  })
  // It gives its agent to the token request only where the key comes as a file.
  folder = await mkdtemp(join(tmpdir(), 'firebase-admin-'))
  const keyFile = join(folder, 'key.json')
  await writeFile(keyFile, JSON.stringify(emulator.credentials.fcm.serviceAccount))
  app = initializeApp({ credential: cert(keyFile, agent), httpAgent: agent })
})
afterEach(async () => {
  await deleteApp(app)
  agent.destroy()
  await emulator.close()
  await rm(folder, { recursive: true })
})

describe('firebase-admin', () => {
  it('gets an access token and sends a message', async () => {
    const id = await getMessaging(app).send({ token: phone.address, data: { greeting: 'hello' } })
    expect(id).toMatch(/^projects\/sendword-emulator\/messages\/0:/)
    expect(await phone.nextMessage()).toMatchObject({ data: { greeting: 'hello' } })
    expect(emulator.requests.counts()).toMatchObject({ 'google-oauth': { accepted: 1 }, fcm: { accepted: 1 } })
  })

  it('sends many over its legacy transport', async () => {
    const messaging = getMessaging(app)
    messaging.enableLegacyHttpTransport()
    const { successCount, responses } = await messaging.sendEach([
      { token: phone.address, notification: { title: 'one' } },
      { token: phone.address, notification: { title: 'two' } },
      { token: emulator.devices.create({ service: 'fcm', state: 'unregistered' }).address },
    ])
    expect(successCount).toBe(2)
    expect(responses[2]?.error?.code).toBe('messaging/registration-token-not-registered')
    expect(phone.inbox.map(({ notification }) => notification?.title).sort()).toEqual(['one', 'two'])
  })

  it('meets faults', async () => {
    emulator.faults.add({ service: 'fcm', times: 1, effect: { kind: 'error', code: 'QUOTA_EXCEEDED' } })
    await expect(getMessaging(app).send({ token: phone.address })).rejects.toMatchObject({
      code: 'messaging/message-rate-exceeded',
    })
  })
})
