import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ACCEPTED, SEND, type StubC2dm, startStubC2dm } from './stub-c2dm.ts'

const OPTIONS = { token: 'given' }
const REFUSED = { kind: 'unauthorized', reason: 'C2DM refused the given token', probe: true }

let c2dm: StubC2dm
beforeEach(async () => {
  c2dm = await startStubC2dm()
  c2dm.good.add('given')
})
afterEach(() => c2dm.close())

function answerOnceWithReplacement(status = 200): void {
  c2dm.good.add('replacement')
  c2dm.onSend = (response) => {
    c2dm.onSend = undefined
    response.writeHead(status, { 'Update-Client-Auth': 'replacement' }).end('id=0:1\n')
  }
}

describe('a given token', () => {
  it('is used without any login, and warned about once', async () => {
    const transport = c2dm.transport(OPTIONS)
    expect(await transport.send(SEND)).toEqual(ACCEPTED)
    expect(await transport.send(SEND)).toEqual(ACCEPTED)
    expect(c2dm.logins()).toBe(0)
    expect(c2dm.logger.lines).toEqual([expect.stringMatching(/^warn .*ClientLogin tokens change/)])
  })

  it('that is refused makes the send unauthorized, and works again when C2DM takes it again', async () => {
    c2dm.good.clear()
    const transport = c2dm.transport(OPTIONS)
    expect(await transport.send(SEND)).toEqual(REFUSED)
    expect(c2dm.sentWith).toEqual(['given'])
    c2dm.good.add('given')
    expect(await transport.send(SEND)).toEqual(ACCEPTED)
  })

  it('gives way to the replacement that C2DM sends, also after a restart', async () => {
    answerOnceWithReplacement()
    await c2dm.transport(OPTIONS).send(SEND)
    expect(await c2dm.transport(OPTIONS).send(SEND)).toEqual(ACCEPTED)
    expect(c2dm.sentWith).toEqual(['given', 'replacement'])
  })

  it('goes again with the replacement that came with its refusal', async () => {
    answerOnceWithReplacement(401)
    expect(await c2dm.transport(OPTIONS).send(SEND)).toEqual(ACCEPTED)
    expect(c2dm.sentWith).toEqual(['given', 'replacement'])
  })

  it('is used again when its replacement is refused', async () => {
    answerOnceWithReplacement()
    const transport = c2dm.transport(OPTIONS)
    await transport.send(SEND)
    c2dm.good.delete('replacement')
    expect(await transport.send(SEND)).toEqual(ACCEPTED)
    expect(c2dm.sentWith).toEqual(['given', 'replacement', 'given'])
    expect([...c2dm.store.entries.values()]).toEqual([])
  })

  it('gives way to a replacement that another process received', async () => {
    const transport = c2dm.transport(OPTIONS)
    await transport.send(SEND)
    answerOnceWithReplacement()
    await c2dm.transport(OPTIONS).send(SEND)
    c2dm.good.delete('given')
    expect(await transport.send(SEND)).toEqual(ACCEPTED)
  })

  it('that is new starts without the replacement of the old one', async () => {
    answerOnceWithReplacement()
    await c2dm.transport(OPTIONS).send(SEND)
    c2dm.good.add('given-anew')
    await c2dm.transport({ token: 'given-anew' }).send(SEND)
    expect(c2dm.sentWith).toEqual(['given', 'given-anew'])
  })
})
