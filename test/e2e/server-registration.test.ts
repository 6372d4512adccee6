// An application's own server registers a device; the device confirms.
import { expect, test } from 'vitest'
import { createSendword } from '../../src/sendword/create-sendword.ts'
import { silentLogger } from '../../src/util/logger.ts'
import { createCoreKit, emulatedC2dm, TEST_SECRET } from '../kit/core.ts'

test('a device that the server registers belongs to its user once it has confirmed', async () => {
  await using kit = await createCoreKit()
  await using sendword = await createSendword(
    { database: kit.url, secret: TEST_SECRET, workers: false, apps: { default: { c2dm: emulatedC2dm(kit.emulator) } } },
    { logger: silentLogger },
  )
  const phone = kit.emulator.devices.create()
  const registration = { deviceId: 'device-0001', transport: 'c2dm', address: phone.registrationId } as const
  expect(await sendword.devices.register({ ...registration, userId: 'user-1', locale: 'de' })).toBe('pending')
  const push = await phone.nextMessage()
  await kit.core.devices.confirm({
    app: 'default',
    deviceId: 'device-0001',
    confirmationToken: push.data.registration_token ?? '',
    door: 'json',
  })
  expect(await sendword.devices.get('device-0001')).toMatchObject({ userId: 'user-1', locale: 'de', state: 'active' })
  expect(await sendword.devices.register(registration)).toBe('live')
  await expect(sendword.devices.register({ ...registration, address: 'short' })).rejects.toMatchObject({
    code: 'PUSH_REGISTRATION_INVALID',
  })
})
