// The example on Next: built and started as in production, and its development server with a change of code.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ROOT } from '../../kit/packed-package.ts'
import { killAllRunning } from '../cli/command.ts'
import { type StagedExample, stageExample } from './example.ts'
import { edit, expectEngines, methodsAtDoors, refuse, sendThrough } from './scenario.ts'

const NEXT = [process.execPath, `${ROOT}node_modules/next/dist/bin/next`]
/** Every method that Next has a route for. */
const METHODS = ['HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE']
const READY = /Local: +(http:\S+)[\s\S]*Ready in/

describe('the example on Next', () => {
  let example: StagedExample
  beforeAll(async () => {
    example = await stageExample('next')
  }, 120_000)
  afterAll(async () => {
    killAllRunning()
    await example[Symbol.asyncDispose]()
  })

  test('builds without a database, registers devices, sends, answers what it refuses, and ends with 0', async () => {
    const built = await example.start([...NEXT, 'build']).ended
    expect(built).toMatchObject({ code: 0 })
    await expectEngines(example, 0)
    const running = example.start([...NEXT, 'start', '--hostname', '127.0.0.1', '--port', '0'])
    const [, url = ''] = await running.printed(READY)
    await sendThrough(url, example, 'device-on-next')
    await refuse(url)
    expect(await methodsAtDoors(url, METHODS)).toEqual(Object.fromEntries(METHODS.map((method) => [method, 501])))
    await expectEngines(example, 1)
    running.signal('SIGTERM')
    expect(await running.ended).toMatchObject({ code: 0 })
    await expectEngines(example, 0)
  }, 120_000)

  test('has one engine after changes of its code in development, and still sends', async () => {
    const running = example.start([...NEXT, 'dev', '--hostname', '127.0.0.1', '--port', '0'])
    const [, url = ''] = await running.printed(READY)
    await sendThrough(url, example, 'device-before-change')
    await edit(example, 'app/c2dm/[door]/route.ts')
    await edit(example, 'lib/sendword.ts')
    await sendThrough(url, example, 'device-after-change')
    await expectEngines(example, 1)
    running.signal('SIGTERM')
    await running.ended
    await expectEngines(example, 0)
  }, 120_000)
})
