// The way of one message, end to end: accepted, delivered, recorded, told.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CoreKit, confirmedDevice, createCoreKit } from '../kit/core.ts'

describe('a message to one device', () => {
  let kit: CoreKit
  beforeAll(async () => {
    kit = await createCoreKit()
  })
  afterAll(() => kit[Symbol.asyncDispose]())

  test('arrives with its data, collapse key and flag, and settles as accepted', async () => {
    const device = await confirmedDevice(kit, 'device-0001')
    const content = { data: { greeting: 'hello & ☃' }, collapseKey: 'hi', delayWhileIdle: true }
    const { id } = await kit.core.messages.submit({ app: 'default', deviceId: 'device-0001', content })
    const settled = await kit.core.messages.settled(id, { timeout: 10_000 })
    expect(settled).toMatchObject({ counts: { accepted: 1 }, single: { outcome: 'accepted', attempts: 1 } })
    const arrived = await device.nextMessage({ where: ({ data }) => 'greeting' in data })
    expect(arrived).toMatchObject({ data: { greeting: 'hello & ☃' }, collapseKey: 'hi', delayWhileIdle: true })
  })
})
