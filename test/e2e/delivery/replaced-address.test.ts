// A push service that takes a message and says that the device has another address now.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createEngineKit, type EngineKit, scriptedPush } from '../../kit/engine.ts'
import { eventually } from '../../kit/query.ts'

const OLD = 'address-of-device-0000'
const NEW = 'the-new-address-of-device-0000'

let kit: EngineKit
beforeEach(async () => {
  kit = await createEngineKit({ push: scriptedPush('fcm') })
  await kit.startWorker()
  await kit.addDevices(2)
})
afterEach(() => kit[Symbol.asyncDispose]())
const sendTo = async (deviceId: string) => await kit.outcomes(await kit.submit([deviceId]))
const replaceOld = (replacedAddress: string) => {
  kit.push.answer = ({ address }) => ({
    kind: 'accepted',
    providerId: 'p',
    ...(address === OLD && { replacedAddress }),
  })
}
const addresses = () => kit.push.sends.map(({ address }) => address)

describe('the new address', () => {
  test('is where the next message goes, and an event tells of it', async () => {
    replaceOld(NEW)
    expect(await sendTo('device-0000')).toEqual(['accepted'])
    expect(await sendTo('device-0000')).toEqual(['accepted'])
    expect(addresses()).toEqual([OLD, NEW])
    expect(kit.events).toEqual([{ type: 'device.address-replaced', app: 'default', deviceId: 'device-0000' }])
  })

  test('is taken from a device that holds it', async () => {
    replaceOld('address-of-device-0001')
    await sendTo('device-0000')
    expect(await kit.view('device-0001')).toMatchObject({ failed: true, failedReason: 'AddressTaken' })
    expect(await kit.view('device-0000')).toMatchObject({ failed: false })
    expect(kit.events).toEqual([
      { type: 'device.address-taken', app: 'default', deviceId: 'device-0001' },
      { type: 'device.address-replaced', app: 'default', deviceId: 'device-0000' },
    ])
  })

  test('is not heeded when the device has proven another one meanwhile', async () => {
    const proven = 'an-address-that-the-device-proved'
    await kit.register('device-0000', proven)
    const confirmation = await sentTo(proven)
    let send: Promise<void> | undefined
    kit.push.transport.send = async (pushed) => {
      kit.push.sends.push(pushed)
      send ??= kit.confirm('device-0000', confirmation)
      await send
      return { kind: 'accepted', providerId: 'p', ...(pushed.address === OLD && { replacedAddress: NEW }) }
    }
    await sendTo('device-0000')
    await sendTo('device-0000')
    expect(addresses().slice(-2)).toEqual([OLD, proven])
    expect(kit.events.map(({ type }) => type)).toEqual(['device.replaced'])
  })

  test.each([
    ['the old one', OLD],
    ['none that could be registered', 'short'],
  ])('that is %s changes nothing', async (_, replacedAddress) => {
    replaceOld(replacedAddress)
    await sendTo('device-0000')
    await sendTo('device-0000')
    expect(addresses()).toEqual([OLD, OLD])
    expect(kit.events).toEqual([])
  })
})

async function sentTo(address: string): Promise<string | undefined> {
  const send = await eventually(
    async () => kit.push.sends.find((sent) => sent.address === address),
    (found) => found !== undefined,
  )
  return send?.content.data.confirmationToken
}
