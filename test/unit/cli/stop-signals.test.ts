import { EventEmitter } from 'node:events'
import { describe, expect, test } from 'vitest'
import { listenForStop, StopRequest } from '../../../src/cli/stop-signals.ts'

function listening(echoMs: number) {
  const process = new EventEmitter()
  const exits: number[] = []
  let now = 1000
  const stop = listenForStop({ process, exit: (code) => void exits.push(code), now: () => now, echoMs })
  return {
    stop,
    exits,
    send(name: string, after = 0) {
      now += after
      process.emit(name)
    },
  }
}

describe('being told to stop', () => {
  test('the first signal asks for an orderly end', async () => {
    const { stop, exits, send } = listening(0)
    expect(stop.signal.aborted).toBe(false)
    send('SIGTERM')
    expect(await stop.received).toEqual(new StopRequest('SIGTERM'))
    expect(stop.signal.reason).toBeInstanceOf(StopRequest)
    expect(exits).toEqual([])
  })

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ])('a second signal, %s, ends it with %i', (name, code) => {
    const { exits, send } = listening(0)
    send('SIGTERM')
    send(name)
    expect(exits).toEqual([code])
  })

  test('an echo of the first is no second, but another signal is', () => {
    const { exits, send } = listening(150)
    send('SIGINT')
    send('SIGINT', 100)
    expect(exits).toEqual([])
    send('SIGTERM', 10)
    expect(exits).toEqual([143])
  })

  test('the same signal later on is a second', () => {
    const { exits, send } = listening(150)
    send('SIGINT')
    send('SIGINT', 150)
    expect(exits).toEqual([130])
  })
})
