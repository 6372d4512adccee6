// `sendword broadcast` on a terminal, which util-linux's script(1) gives it: the question, the bar, and Ctrl-C in its middle.
import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { VirtualDevice } from '../../../src/emulator/create-emulator.ts'
import { type CoreKit, createCoreKit } from '../../kit/core.ts'
import { manyDevices } from '../../kit/many-devices.ts'
import { killAllRunning, MAIN, type Running, removeFolder, startProgram, temporaryFolder } from './command.ts'

const { stdout } = spawnSync('script', ['--version'], { encoding: 'utf8' })
const hasTerminals = /util-linux/.test(stdout ?? '')
if (!hasTerminals) console.warn('util-linux is not installed here: the bar was not looked at on a terminal.')

const CTRL_C = '\u0003'
/** The line that the terminal shows is written anew from its first column (ECMA-48 EL). */
const bar = (done: number) => new RegExp(`\\r\\[[#-]{24}\\] +\\d+ %  ${done} of 1  \\d+/s\\u001b\\[K`)

let folder: string
let kit: CoreKit
let devices: ReadonlyMap<string, VirtualDevice>
beforeAll(async () => {
  folder = await temporaryFolder()
  kit = await createCoreKit()
  devices = await manyDevices(kit, 2)
})
afterAll(async () => {
  killAllRunning()
  await kit[Symbol.asyncDispose]()
  await removeFolder(folder)
})

function broadcast(deviceId: string): Running {
  const line = `'${process.execPath}' '${MAIN}' broadcast --device ${deviceId} --data a=b --wait`
  return startProgram(['script', '-qec', line, '/dev/null'], { folder, env: { DATABASE_URL: kit.url } })
}

describe.runIf(hasTerminals)('on a terminal', () => {
  test('it asks, and shows a bar on one line until the end', async () => {
    const running = broadcast('device-00000')
    await running.printed(/Send it to 1 device\? \[y\/N\] /)
    running.child.stdin.write('y\n')
    const { code, out } = await running.ended
    expect(code).toBe(0)
    expect(out).toMatch(new RegExp(`${bar(1).source}\\r\\naccepted  1\\r\\n`))
  }, 60_000)

  test('Ctrl-C in the middle leaves a clean line, and says that the message goes on and how to stop it', async () => {
    const phone = devices.get('device-00001')
    if (!phone) throw new Error('there is no such device')
    phone.state = 'throttled'
    const running = broadcast('device-00001')
    await running.printed(/\[y\/N\] /)
    running.child.stdin.write('y\n')
    await running.printed(bar(0))
    running.child.stdin.write(CTRL_C)
    const { code, out } = await running.ended
    expect(code).toBe(130)
    expect(out).toMatch(
      /\r\nThe message goes on: `sendword messages show ([\w-]{36})` .*\r\n`sendword messages cancel \1` .*\r\n$/,
    )
  }, 60_000)
})
