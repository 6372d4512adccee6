import { createECDH, randomBytes } from 'node:crypto'
import { decrypt } from 'http_ece'
import { afterEach, describe, expect, it } from 'vitest'
import { createEncryption, type Encryption } from '../../../../src/transports/webpush/encryption.ts'

const opened: Encryption[] = []
afterEach(async () => {
  for (const encryption of opened.splice(0)) await encryption.close()
})

function open(threads: number): Encryption {
  const encryption = createEncryption(threads)
  opened.push(encryption)
  return encryption
}

function newReceiver() {
  const ecdh = createECDH('prime256v1')
  const auth = randomBytes(16)
  return {
    p256dh: ecdh.generateKeys(),
    auth,
    read: (body: Buffer = Buffer.alloc(0)) =>
      decrypt(body, { version: 'aes128gcm', privateKey: ecdh, authSecret: auth }).toString(),
  }
}

describe.each([0, 1, 3])('encryption in %d threads', (threads) => {
  it('gives each of many messages to its own receiver', async () => {
    const encryption = open(threads)
    const receivers = Array.from({ length: 300 }, newReceiver)
    const bodies = await Promise.all(
      receivers.map(({ p256dh, auth }, n) => encryption.encrypt({ p256dh, auth, plaintext: Buffer.from(`to ${n}`) })),
    )
    expect(bodies.map((body, n) => receivers[n]?.read(body))).toEqual(bodies.map((_, n) => `to ${n}`))
  })

  it('fails one message whose key is none, and no other', async () => {
    const encryption = open(threads)
    const receiver = newReceiver()
    const job = { ...receiver, plaintext: Buffer.from('hello') }
    const bad = { ...job, p256dh: Buffer.alloc(65, 4) }
    const [first, none, last] = await Promise.all([job, bad, job].map((one) => encryption.encrypt(one)))
    expect(none).toBeUndefined()
    expect([receiver.read(first), receiver.read(last)]).toEqual(['hello', 'hello'])
  })
})

describe('threads that encrypt', () => {
  it('take nothing once they are closed, and leave no message without an end', async () => {
    const encryption = open(1)
    const job = { ...newReceiver(), plaintext: Buffer.from('x') }
    const pending = Promise.allSettled(Array.from({ length: 200 }, () => encryption.encrypt(job)))
    await encryption.close()
    expect(await pending).toHaveLength(200)
    await expect(encryption.encrypt(job)).rejects.toMatchObject({ code: 'PUSH_CLOSED' })
  })
})
