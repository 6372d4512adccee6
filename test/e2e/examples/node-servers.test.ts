// The examples on Express, Fastify and Hono: processes that run the packed package against the emulator.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ROOT } from '../../kit/packed-package.ts'
import { killAllRunning, type Running } from '../cli/command.ts'
import { type StagedExample, stageExample } from './example.ts'
import { edit, expectEngines, methodsAtDoors, refuse, sendThrough } from './scenario.ts'

const METHODS = ['HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND']
const LISTENS = /listens on (http:\S+)/
const LISTENS_AGAIN = /listens on [\s\S]*listens on (http:\S+)/

describe.each(['express', 'fastify', 'hono'])('the example on %s', (name) => {
  let example: StagedExample
  beforeAll(async () => {
    example = await stageExample(name)
  }, 120_000)
  afterAll(async () => {
    killAllRunning()
    await example[Symbol.asyncDispose]()
  })

  async function listening(running: Running): Promise<string> {
    const [, url = ''] = await running.printed(LISTENS)
    return url
  }

  test('registers devices, sends, answers what it refuses, and ends with 0 on SIGTERM', async () => {
    const running = example.start([process.execPath, 'src/main.ts'])
    const url = await listening(running)
    await sendThrough(url, example, `device-on-${name}`)
    await refuse(url)
    expect(await methodsAtDoors(url, METHODS)).toEqual(Object.fromEntries(METHODS.map((method) => [method, 501])))
    await expectEngines(example, 1)
    running.signal('SIGTERM')
    expect(await running.ended).toMatchObject({ code: 0 })
    await expectEngines(example, 0)
  })

  test('has one engine after a change of its code, and still sends', async () => {
    const running = example.start([process.execPath, '--watch', '--watch-preserve-output', 'src/main.ts'])
    const first = await listening(running)
    await sendThrough(first, example, `device-before-${name}`)
    await edit(example, 'src/app.ts')
    const [, again = ''] = await running.printed(LISTENS_AGAIN)
    await sendThrough(again, example, `device-after-${name}`)
    await expectEngines(example, 1)
    running.signal('SIGTERM')
    await running.ended
    await expectEngines(example, 0)
  }, 60_000)

  test('evaluates its module again in one process without a second engine', async () => {
    const program = `
      const first = await import('./src/sendword.ts')
      const second = await import('./src/sendword.ts?again')
      process.once('SIGTERM', () => first.sendword.close())
      console.log('same', first !== second && first.sendword === second.sendword)`
    const running = example.start([process.execPath, '--input-type=module-typescript', '--eval', program])
    expect((await running.printed(/same (\w+)/))[1]).toBe('true')
    await expectEngines(example, 1)
    running.signal('SIGTERM')
    expect(await running.ended).toMatchObject({ code: 0 })
  })
})

test('the examples name the versions that this checkout tests them with', () => {
  const own = readPackage('package.json')
  for (const name of ['express', 'fastify', 'hono', 'next']) {
    const { dependencies, devDependencies } = readPackage(join('examples', name, 'package.json'))
    const { sendword, ...others } = { ...dependencies, ...devDependencies }
    expect(sendword).toBe(`^${own.version}`)
    expect({ ...own.dependencies, ...own.devDependencies }).toMatchObject(others)
  }
})

interface PackageFile {
  readonly version: string
  readonly dependencies: Record<string, string>
  readonly devDependencies?: Record<string, string>
}

function readPackage(path: string): PackageFile {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8'))
}
