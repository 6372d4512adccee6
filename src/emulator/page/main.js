// The page of phones: a client of the control API and of its stream of events, and of nothing else.
import { byId } from './elements.js'
import { actionMenu, faultChip, faultOptions, ruleOf, SERVICE_NAMES } from './faults.js'
import { createPhone } from './phone.js'
import { createRequestList } from './requests.js'

/** More phones than a page can show: the oldest make room. */
const MAX_PHONES = 500
/** Events are shown together, so that a burst of them costs one drawing. */
const SHOW_EVERY_MS = 50
/** Of a burst, what is older is never seen. */
const MAX_QUEUE = 5000
const SERVICES = Object.keys(SERVICE_NAMES)

const phones = new Map()
const names = new Map()
const faults = new Map()
let counts = {}
let ahead = 0
let queue = []
let queued

const timeText = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' })
const minuteText = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })
const dayText = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
const time = (ms) => timeText.format(ms)

const act = { call, copy, time, removeFault: (id) => call('DELETE', `/faults/${id}`) }
const requests = createRequestList(byId('requests'), { nameOf: (address) => names.get(address) ?? '', time })

/** What goes wrong is shown. */
function call(method, path, body) {
  void ask(method, path, body)
}

async function ask(method, path, body) {
  const init = body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  try {
    const response = await fetch(path, { method, ...init })
    showProblem(response.ok ? '' : ((await response.json()).detail ?? `Answered ${response.status}.`))
  } catch {
    showProblem('The emulator does not answer.')
  }
}

function showProblem(text) {
  byId('problem').textContent = text
  byId('problem').hidden = text === ''
}

function copy(text) {
  navigator.clipboard.writeText(text).then(
    () => {
      byId('announcer').textContent = 'Copied'
    },
    () => showProblem('The browser does not let this page copy.'),
  )
}

function putPhone(device) {
  const known = phones.get(device.id)
  if (known) {
    names.delete(known.device.address)
    known.update(device)
  } else {
    const phone = createPhone(device, act)
    phones.set(device.id, phone)
    byId('phones').append(phone.root)
    phone.showTime(minuteText.format(Date.now() + ahead))
    hideUnlessFound(phone)
    if (phones.size > MAX_PHONES) dropPhone(phones.keys().next().value)
  }
  names.set(device.address, device.id)
}

function dropPhone(id) {
  const phone = phones.get(id)
  if (!phone) return
  const hadFocus = phone.root.contains(document.activeElement)
  phone.root.remove()
  phones.delete(id)
  names.delete(phone.device.address)
  if (hadFocus) byId('phones').focus()
}

function addMessages(messages) {
  const byDevice = Map.groupBy(messages, ({ device }) => device)
  for (const [id, arrived] of byDevice) {
    const phone = phones.get(id)
    if (!phone) continue
    phone.add(arrived.map(({ message }) => message))
    phone.update({ inbox: phone.device.inbox + arrived.length })
    byId('announcer').textContent = phone.describe(arrived.at(-1).message)
  }
}

function addRequests(made) {
  for (const { service, outcome } of made) {
    counts[service] = { ...counts[service], [outcome]: (counts[service]?.[outcome] ?? 0) + 1 }
  }
  requests.add(made)
}

const HANDLERS = {
  snapshot: start,
  device: putPhone,
  'device-removed': ({ id }) => dropPhone(id),
  fault: (fault) => faults.set(fault.id, fault),
  'fault-removed': ({ id }) => faults.delete(id),
  clock(clock) {
    ahead = clock.ahead
    showTime()
  },
  cleared() {
    counts = {}
    requests.clear()
  },
}

function start(snapshot) {
  for (const id of [...phones.keys()]) dropPhone(id)
  faults.clear()
  requests.clear()
  HANDLERS.clock(snapshot.clock)
  for (const { messages, ...device } of snapshot.devices) {
    putPhone(device)
    phones.get(device.id).add(messages)
  }
  for (const fault of snapshot.faults) faults.set(fault.id, fault)
  requests.add(snapshot.requests)
  counts = snapshot.counts
  const hidden = snapshot.total - snapshot.devices.length
  byId('more').hidden = hidden <= 0
  byId('more').textContent = `${hidden} older devices are not shown.`
}

/** In the order in which they came; what comes in a row of one kind is drawn together. */
function showQueue() {
  queued = undefined
  const events = queue
  queue = []
  while (events.length > 0) {
    const { type } = events[0]
    const end = events.findIndex((event) => event.type !== type)
    const run = events.splice(0, end < 0 ? events.length : end).map(({ body }) => body)
    if (type === 'message') addMessages(run)
    else if (type === 'request') addRequests(run)
    else for (const body of run) HANDLERS[type](body)
  }
  showSummary()
}

function receive(type, event) {
  queue.push({ type, body: JSON.parse(event.data) })
  if (queue.length >= MAX_QUEUE) showQueue()
  else if (queued === undefined) queued = setTimeout(showQueue, SHOW_EVERY_MS)
}

function showSummary() {
  byId('empty').hidden = phones.size > 0
  const all = [...faults.values()]
  const general = all.filter(({ address, registrationId }) => (address ?? registrationId) === undefined)
  byId('faults').replaceChildren(...general.map((fault) => faultChip(fault, act.removeFault)))
  const ofDevice = Map.groupBy(all, ({ address, registrationId }) => address ?? registrationId)
  for (const { device, showFaults } of phones.values()) {
    showFaults((ofDevice.get(device.address) ?? []).filter(({ service }) => service === device.service))
  }
  const texts = Object.entries(counts).flatMap(([service, outcomes]) => {
    const total = Object.values(outcomes).reduce((sum, count) => sum + count, 0)
    return total === 0 ? [] : [`${service}: ${outcomes.accepted ?? 0} of ${total} accepted`]
  })
  byId('counts').textContent = texts.join(' · ') || 'Nothing was sent yet.'
}

function showTime() {
  const now = Date.now() + ahead
  byId('clock').textContent = dayText.format(now)
  byId('clock').classList.toggle('moved', ahead > 0)
  const minute = minuteText.format(now)
  for (const phone of phones.values()) phone.showTime(minute)
}

function hideUnlessFound({ root }) {
  root.hidden = !root.dataset.find.includes(byId('filter').value.trim().toLowerCase())
}

function listen() {
  const events = new EventSource('/events')
  for (const type of [...Object.keys(HANDLERS), 'message', 'request']) {
    events.addEventListener(type, (event) => receive(type, event))
  }
  const show = (isLive) => {
    byId('connection').textContent = isLive ? 'Live' : 'Not connected; trying again…'
    byId('connection').classList.toggle('live', isLive)
  }
  events.addEventListener('open', () => show(true))
  events.addEventListener('error', () => show(false))
}

function listenToButtons() {
  const add = (service) => ask('POST', '/devices', { service })
  for (const button of document.querySelectorAll('[data-add]')) {
    button.addEventListener('click', () => void add(button.dataset.add))
  }
  for (const button of document.querySelectorAll('[data-advance]')) {
    button.addEventListener('click', () => call('POST', '/clock/advance', { ms: Number(button.dataset.advance) }))
  }
  byId('add-each').addEventListener('click', async () => {
    for (const service of SERVICES) await add(service)
  })
  byId('reset').addEventListener('click', () => {
    if (confirm('Remove every phone, fault, token and request?')) call('POST', '/reset')
  })
  byId('filter').addEventListener('input', () => phones.forEach(hideUnlessFound))
  byId('only-problems').addEventListener('change', ({ target }) =>
    byId('requests').classList.toggle('only-problems', target.checked),
  )
  const choose = (value) => call('POST', '/faults', ruleOf(value))
  const title = 'A fault for every device…'
  byId('plant').replaceWith(
    actionMenu({ label: 'Faults for every device', title, groups: faultOptions(SERVICES), choose }),
  )
}

listenToButtons()
listen()
showTime()
setInterval(showTime, 1000)
