// `sendword demo` as a process: the page, the server and the emulator that browsers are tried with.
import { type Running, removeFolder, startCommand, temporaryFolder } from '../e2e/cli/command.ts'

export interface Demo extends AsyncDisposable {
  readonly pageUrl: string
  readonly emulatorUrl: string
  /** What a Firefox is to take for Mozilla's push service. */
  readonly autopushUrl: string
  /** Calls the API with the key, and answers with the JSON. */
  api(path: string, body?: unknown): Promise<Record<string, unknown>>
  /** Calls the emulator's control API. */
  emulator(path: string, body?: unknown): Promise<Record<string, unknown>>
}

export async function startDemo(): Promise<Demo> {
  const folder = await temporaryFolder()
  const running: Running = startCommand(['demo'], { folder, env: { TMPDIR: folder } })
  await running.printed(/"unregistered"\}'\n/)
  const find = (pattern: RegExp) => pattern.exec(running.out())?.[1] ?? ''
  const pageUrl = find(/Make your browser a device: open (http\S+)/)
  const emulatorUrl = find(/Start the emulated push services\s+\d+ ms\s+(http\S+)/)
  const serverUrl = find(/Start the server\s+\d+ ms\s+(http\S+)/)
  const authorization = `Bearer ${find(/Authorization: Bearer ([^']+)'/)}`
  return {
    pageUrl,
    emulatorUrl,
    autopushUrl: `${emulatorUrl.replace('http', 'ws')}/autopush`,
    api: (path, body) => call(`${serverUrl}/v1/apps/default/${path}`, body, { authorization }),
    emulator: (path, body) => call(`${emulatorUrl}/${path}`, body),
    async [Symbol.asyncDispose]() {
      running.signal('SIGINT')
      await running.ended
      await removeFolder(folder)
    },
  }
}

async function call(url: string, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  const init = {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }
  const response = await fetch(url, body === undefined ? { headers } : init)
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`)
  return (response.status === 204 ? {} : await response.json()) as Record<string, unknown>
}
