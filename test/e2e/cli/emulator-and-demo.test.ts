// `sendword emulator` and `sendword demo` as processes: what they print, and that they leave nothing behind.
import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { killAllRunning, removeFolder, runCommand, startCommand, temporaryFolder } from './command.ts'

let folder: string
beforeAll(async () => {
  folder = await temporaryFolder()
})
afterAll(async () => {
  killAllRunning()
  await removeFolder(folder)
})

describe('emulator', () => {
  test('prints exactly one line of JSON with --json, serves until stopped, and ends with 0', async () => {
    const emulator = startCommand(['emulator', '--port', '0', '--json'], { folder })
    const [line] = await emulator.printed(/^.*\n/)
    const { url, services, credentials } = JSON.parse(line)
    expect(services.c2dm.sendUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/c2dm\/send$/)
    expect(await (await fetch(url)).json()).toMatchObject({ url, services, credentials })
    emulator.signal('SIGTERM')
    expect(await emulator.ended).toEqual({ code: 0, out: line, err: '' })
  })

  test('prints the URL of every service and how to use them', async () => {
    const emulator = startCommand(['emulator', '--port', '0'], { folder })
    await emulator.printed(/ClientLogin +http:\S+\/accounts\/ClientLogin/)
    const [, url = ''] = await emulator.printed(/sendword serve --emulator (\S+)\n/)
    const taken = await runCommand(['emulator', '--port', new URL(url).port], { folder })
    expect(taken.code).toBe(2)
    expect(taken.err).toMatch(/^code: EMULATOR_LISTEN$/m)
    emulator.signal('SIGINT')
    expect((await emulator.ended).code).toBe(0)
  })
})

describe('demo', () => {
  const setting = async (name: string) => {
    const temporary = join(folder, name)
    await mkdir(temporary)
    return { temporary, setting: { folder, env: { TMPDIR: temporary } } }
  }

  test('--once sees the message arrive, exits with 0 and leaves nothing behind', async () => {
    const { temporary, setting: own } = await setting('once')
    const { code, out, err } = await runCommand(['demo', '--once'], own)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    for (const service of ['C2DM', 'FCM', 'APNs', 'Web Push']) {
      expect(out).toMatch(
        new RegExp(
          `${service}: see it arrive, and how it ended +\\d+ ms +\\{"greeting":"hello, ${service}"\\}, accepted`,
        ),
      )
    }
    expect(await readdir(temporary)).toEqual([])
    expect(await processesOn(temporary)).toEqual([])
  }, 60_000)

  test('stays up with curl lines that work as they stand, and leaves nothing behind on Ctrl-C', async () => {
    const { temporary, setting: own } = await setting('stays')
    const demo = startCommand(['demo'], own)
    await demo.printed(/"unregistered"\}'\n/)
    const lines = demo.out().match(/^curl .*$/gm) ?? []
    expect(lines).toHaveLength(4)
    const [again = '', inbox = '', message = ''] = lines
    expect(JSON.parse(await shell(again))).toEqual({ id: expect.any(String) })
    expect(JSON.parse(await shell(message))).toMatchObject({ outcome: 'accepted' })
    const { messages } = JSON.parse(await shell(inbox.replace('/inbox', '/inbox?after=2\\&wait=10000')))
    expect(messages.at(-1).data).toEqual({ greeting: 'hello again' })
    demo.signal('SIGINT')
    expect((await demo.ended).code).toBe(0)
    expect(await readdir(temporary)).toEqual([])
    expect(await processesOn(temporary)).toEqual([])
  }, 60_000)

  test('--once that is interrupted exits with 130 and leaves nothing behind', async () => {
    const { temporary, setting: own } = await setting('interrupted')
    const demo = startCommand(['demo', '--once'], own)
    await demo.printed(/1\. Start the emulated push services/)
    demo.signal('SIGINT')
    expect((await demo.ended).code).toBe(130)
    expect(await readdir(temporary)).toEqual([])
    expect(await processesOn(temporary)).toEqual([])
  }, 60_000)
})

async function shell(line: string): Promise<string> {
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', line])
  return stdout
}

/** The command lines of all processes that name `folder`. */
async function processesOn(path: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return lines.filter((line) => line.includes(path))
}
