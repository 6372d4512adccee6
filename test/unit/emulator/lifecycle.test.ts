import { describe, expect, it } from 'vitest'
import { createEmulator } from '../../../src/emulator/create-emulator.ts'
import { login, send } from './client.ts'

describe('An emulator', () => {
  it('listens on the loopback interface, on a free port', async () => {
    await using emulator = await createEmulator()
    expect(emulator.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  })

  it('listens where it is told, and names a place that can be reached', async () => {
    await using everywhere = await createEmulator({ host: '0.0.0.0' })
    expect(everywhere.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect((await fetch(everywhere.url)).status).toBe(200)
  })

  it('says that its port is taken', async () => {
    await using first = await createEmulator()
    const port = Number(new URL(first.url).port)
    await expect(createEmulator({ port })).rejects.toMatchObject({
      code: 'EMULATOR_LISTEN',
      message: expect.stringContaining(`port ${port}`),
    })
  })

  it('says that it cannot listen on a host or a port', async () => {
    await expect(createEmulator({ host: '203.0.113.1' })).rejects.toMatchObject({ code: 'EMULATOR_LISTEN' })
    await expect(createEmulator({ port: 70_000 })).rejects.toMatchObject({ code: 'EMULATOR_LISTEN' })
  })

  it.each([
    [{ prot: 7320 }, 'There is no option "prot"; did you mean "port"?'],
    [{ webpush: { maxStream: 5 } }, 'There is no option "webpush.maxStream"; did you mean "webpush.maxStreams"?'],
    [{ colour: 'blue' }, 'There is no option "colour".'],
    [{ fcm: 'documented' }, 'The option "fcm" must be an object.'],
  ])('is not started with %j, which it knows nothing of', async (options, message) => {
    // As plain JavaScript would.
    await expect(createEmulator(options as object)).rejects.toMatchObject({ code: 'EMULATOR_INPUT', message })
  })

  it('that cannot start for what its options say leaves nothing running', async () => {
    const free = await createEmulator()
    const ports = {
      fcmPort: Number(new URL(free.services.fcm.url).port),
      webpushPort: Number(new URL(free.services.webpush.url).port),
    }
    await free.close()
    for (const wrong of [
      { apns: { idleMs: 0 } },
      { webpush: { maxStreams: 0 } },
      { webpush: { stateFile: '/missing-folder/state.json' } },
      { allowedHosts: ['http://emulator'] },
    ]) {
      await expect(createEmulator({ ...ports, ...wrong })).rejects.toMatchObject({ code: 'EMULATOR_INPUT' })
    }
    await using next = await createEmulator(ports)
    expect(next.services.fcm.url).toBe(free.services.fcm.url)
  })

  it('ends requests without an answer, long polls and waits when it closes, and closes twice', async () => {
    const emulator = await createEmulator()
    const phone = emulator.devices.create()
    const token = await login(emulator)
    emulator.faults.add({ service: 'c2dm', times: 1, effect: { kind: 'no-answer' } })
    emulator.faults.add({ service: 'c2dm', times: 1, effect: { kind: 'delay', ms: 3_600_000 } })
    const ends = [
      send(emulator, { token, to: phone.registrationId }),
      send(emulator, { token, to: phone.registrationId }),
      fetch(`${emulator.url}/devices/d1/inbox?after=9&wait=60000`).then((response) => {
        if (!response.ok) throw new Error(`answered ${response.status}`)
      }),
      phone.nextMessage({ after: 9 }),
      emulator.requests.next({ after: 9 }),
    ]
    const settled = Promise.allSettled(ends)
    await emulator.requests.next({ where: ({ sequence }) => sequence === 3 })
    await emulator.close()
    await emulator.close()
    expect((await settled).map(({ status }) => status)).toEqual(ends.map(() => 'rejected'))
    await expect(fetch(emulator.url)).rejects.toThrow()
  })

  it('is independent of another one', async () => {
    await using first = await createEmulator()
    await using second = await createEmulator()
    const to = second.devices.create().registrationId
    const answer = await send(second, { token: await login(first), to })
    expect(answer.status).toBe(401)
    expect(first.credentials.c2dm.password).not.toBe(second.credentials.c2dm.password)
  })
})
