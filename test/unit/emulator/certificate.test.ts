import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { createEmulator } from '../../../src/emulator/create-emulator.ts'
import { createLocalhostCertificate } from '../../../src/emulator/tls/certificate.ts'
import { systemRandom } from '../../../src/util/random.ts'

describe('The certificate', () => {
  it('is for localhost, 127.0.0.1 and ::1, and signed by its own authority', () => {
    const { ca, cert } = createLocalhostCertificate(systemRandom)
    const authority = new X509Certificate(ca)
    const leaf = new X509Certificate(cert)
    expect([authority.ca, leaf.ca]).toEqual([true, false])
    expect(authority.verify(authority.publicKey)).toBe(true)
    expect(leaf.checkIssued(authority) && leaf.verify(authority.publicKey)).toBe(true)
    expect(leaf.subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1')
    const now = Date.now()
    expect(leaf.validFromDate.getTime()).toBeLessThan(now)
    expect(leaf.validToDate.getTime()).toBeGreaterThan(now + 366 * 86_400_000)
  })

  it('is another one in every emulator', () => {
    const [first, second] = [createLocalhostCertificate(systemRandom), createLocalhostCertificate(systemRandom)]
    expect(new X509Certificate(first.cert).checkIssued(new X509Certificate(second.ca))).toBe(false)
    expect(first.key).not.toBe(second.key)
  })

  it('is what the emulator shows, at every name of this machine', async () => {
    await using emulator = await createEmulator()
    const { port } = new URL(emulator.services.fcm.url)
    for (const servername of ['localhost', '127.0.0.1']) {
      const socket = connect({
        port: Number(port),
        host: '127.0.0.1',
        servername: servername === '127.0.0.1' ? '' : servername,
        ca: emulator.ca,
        ALPNProtocols: ['h2'],
      })
      await once(socket, 'secureConnect')
      expect([socket.authorized, socket.alpnProtocol]).toEqual([true, 'h2'])
      socket.destroy()
    }
  })

  it('is not trusted without the authority', async () => {
    await using emulator = await createEmulator()
    const session = connectHttp2(emulator.services.fcm.url)
    await expect(once(session, 'connect')).rejects.toMatchObject({ code: expect.stringMatching(/CERT|VERIFY/) })
  })
})
