// The demo's page: subscribes this browser, and shows the handshake and the messages as they happen.
import {
  onClick,
  onMessage,
  type PushClick,
  type PushMessage,
  refresh,
  type Subscribed,
  type SubscribeStep,
  subscribe,
  unsubscribe,
} from '../browser.ts'

interface DemoConfig {
  readonly server: string
  readonly autopushUrl: string
}

const STEPS: readonly SubscribeStep[] = ['allowed', 'subscribed', 'registered', 'confirmed']

const config: DemoConfig = await (await fetch('/config.json')).json()
const options = { server: config.server, onStep: showStep }
let device: Subscribed | undefined

find('#autopush').textContent = config.autopushUrl
onMessage(showMessage)
onClick(showClick)
find<HTMLButtonElement>('#subscribe').onclick = () => during(() => subscribe(options))
find<HTMLButtonElement>('#unsubscribe').onclick = () => during(leave)
find<HTMLFormElement>('#message').onsubmit = (event) => {
  event.preventDefault()
  const fields = new FormData(event.target as HTMLFormElement)
  void during(async () => {
    await send(String(fields.get('title')), String(fields.get('body')))
    return device
  })
}
await during(() => refresh(options))

/** Does it, shows what this browser is afterwards, and what went wrong. */
async function during(work: () => Promise<Subscribed | undefined>): Promise<void> {
  const button = find<HTMLButtonElement>('#subscribe')
  button.disabled = true
  find('#problem').hidden = true
  try {
    device = await work()
  } catch (error) {
    find('#problem').textContent = error instanceof Error ? error.message : String(error)
    find('#problem').hidden = false
  } finally {
    button.disabled = false
    showDevice()
  }
}

async function leave(): Promise<undefined> {
  await unsubscribe()
}

/** Through the demo's own small backend: an API key has no place in a page. */
async function send(title: string, body: string): Promise<void> {
  const content = { deviceId: device?.deviceId, title, body }
  const headers = { 'Content-Type': 'application/json' }
  const response = await fetch('/messages', { method: 'POST', headers, body: JSON.stringify(content) })
  if (!response.ok) throw new Error(`The message was not accepted: ${await response.text()}`)
}

function showStep(done: SubscribeStep): void {
  const reached = STEPS.indexOf(done)
  for (const [index, step] of STEPS.entries()) {
    const { classList } = find(`[data-step=${step}]`)
    classList.toggle('done', index <= reached)
    classList.toggle('next', index === reached + 1)
  }
}

function showDevice(): void {
  find('#device').hidden = !device
  find('#unsubscribe').hidden = !device
  find('#subscribe').hidden = device !== undefined
  find<HTMLButtonElement>('#message button').disabled = !device
  if (device) {
    showStep('confirmed')
    find('#device-id').textContent = device.deviceId
    find('#push-service').textContent = new URL(device.subscription.endpoint).host
  } else {
    for (const step of STEPS) find(`[data-step=${step}]`).className = ''
  }
}

function showMessage({ data, notification }: PushMessage): void {
  const { title, body } = notification ?? {}
  const values = Object.keys(data).length > 0 ? JSON.stringify(data) : undefined
  show([
    ['b', title ?? 'Data only'],
    ['span', body],
    ['code', values],
  ])
}

function showClick({ action, url }: PushClick): void {
  show([
    ['b', action ? `Clicked: ${action}` : 'Clicked'],
    ['code', url],
  ])
}

function show(lines: ReadonlyArray<readonly [tag: string, text: string | undefined]>): void {
  const time = document.createElement('time')
  time.textContent = new Date().toLocaleTimeString()
  const item = document.createElement('li')
  item.append(time)
  for (const [tag, text] of lines) {
    if (!text) continue
    const line = document.createElement(tag)
    line.textContent = text
    item.append(line)
  }
  find('#messages').prepend(item)
}

function find<Found extends HTMLElement>(selector: string): Found {
  const found = document.querySelector<Found>(selector)
  if (!found) throw new Error(`The page has no ${selector}.`)
  return found
}
