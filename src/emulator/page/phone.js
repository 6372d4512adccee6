// One virtual device, drawn as a phone: its screen with what arrived, and the buttons beneath.
import { element, foreignText, keepFirst } from './elements.js'
import { actionMenu, faultChip, faultOptions, ruleOf, SERVICE_NAMES } from './faults.js'
import { viewOf } from './notification.js'

/** Cards on a screen. */
const MAX_CARDS = 4
const STATES = [
  ['active', 'Active'],
  ['idle', 'Idle, screen off'],
  ['offline', 'Offline'],
  ['throttled', 'Had too many messages'],
  ['mismatch', "Another sender's"],
  ['unregistered', 'App removed'],
]
const SIGNS = { idle: 'Screen off', offline: 'Offline', throttled: 'Throttled', mismatch: "Another sender's" }

/** `act`: { call(method, path, body), time(ms) }. */
export function createPhone(device, act) {
  const { id, service } = device
  let current = device
  const path = `/devices/${id}`
  const patch = (state) => act.call('PATCH', path, { state })
  const button = (label, attributes) => element('button', { type: 'button', ...attributes }, label)

  const clock = element('span', { class: 'time' })
  const sign = element('span', { class: 'sign' })
  const cards = element('ol', { class: 'cards', 'aria-label': `Messages on ${id}` })
  const hint = element('p', { class: 'hint' })
  const screen = element(
    'div',
    { class: 'screen' },
    element('div', { class: 'status' }, clock, element('span', { class: 'island' }), sign),
    cards,
    hint,
  )
  const facts = element('p', { class: 'facts' })
  const address = element('code', { class: 'address' })
  const connect = button('', { onclick: () => patch(current.state === 'offline' ? 'active' : 'offline') })
  const install = button('', { onclick: () => patch(current.state === 'unregistered' ? 'active' : 'unregistered') })
  const rotate = button('New address', { onclick: () => act.call('POST', `${path}/rotate`, {}) })
  const remove = button('Remove', { class: 'danger', onclick: () => act.call('DELETE', path) })
  const copy = button('Copy', {
    class: 'small',
    'aria-label': `Copy the address of ${id}`,
    onclick: () => act.copy(current.address),
  })
  const menu = createMenu(device, (value) => {
    if (value.startsWith('state ')) patch(value.slice('state '.length))
    const rule = ruleOf(value, current.address)
    if (rule) act.call('POST', '/faults', rule)
  })
  const chips = element('ul', { class: 'chips', 'aria-label': `Faults of ${id}` })
  const root = element(
    'article',
    { class: `phone ${service}`, 'aria-label': `${id}, ${SERVICE_NAMES[service]}` },
    element('h3', {}, element('span', { class: `dot ${service}` }), `${id} `, element('small', {}, kindOf(device))),
    element('div', { class: 'case' }, screen),
    facts,
    element('div', { class: 'row' }, address, copy),
    element('div', { class: 'buttons' }, connect, install, rotate, remove),
    menu,
    chips,
  )

  function update(changed) {
    current = { ...current, ...changed }
    const { state, waiting, dropped, inbox } = current
    root.dataset.state = state
    root.dataset.find = `${id} ${service} ${SERVICE_NAMES[service]} ${state} ${current.address}`.toLowerCase()
    sign.textContent = SIGNS[state] ?? ''
    connect.textContent = state === 'offline' ? 'Go online' : 'Go offline'
    connect.disabled = state === 'unregistered'
    install.textContent = state === 'unregistered' ? 'Reinstall' : 'Uninstall'
    const numbers = [`${inbox} received`, waiting > 0 && `${waiting} waiting`, dropped > 0 && `${dropped} dropped`]
    facts.textContent = numbers.filter(Boolean).join(' · ')
    hint.textContent = hintOf(state, waiting, inbox)
    address.textContent = shortened(endpointIn(current) ?? current.address)
    address.title = current.address
  }

  update(device)
  return {
    root,
    update,
    get device() {
      return current
    },
    /** What arrived, oldest first. */
    add(messages) {
      for (const message of messages) cards.prepend(card(service, message, act))
      keepFirst(cards, MAX_CARDS)
    },
    clear: () => cards.replaceChildren(),
    showTime(text) {
      clock.textContent = text
    },
    showFaults(faults) {
      chips.replaceChildren(...faults.map((fault) => faultChip(fault, act.removeFault)))
    },
    /** In a word, for who cannot see it. */
    describe(message) {
      const { kind, title, body } = viewOf(service, message)
      return `${id}: ${kind === 'handshake' ? 'confirmation push' : title || body || 'data message'}`
    },
  }
}

function createMenu({ id, service }, choose) {
  const states = STATES.map(([state, label]) => element('option', { value: `state ${state}` }, label))
  const groups = [element('optgroup', { label: 'State' }, ...states), ...faultOptions([service])]
  return actionMenu({ label: `State and faults of ${id}`, title: 'State and faults…', groups, choose })
}

function kindOf({ service, kind, environment, subscription }) {
  const name = SERVICE_NAMES[service]
  if (service === 'webpush' && !subscription) return `${name}, a real browser`
  if (environment === 'sandbox') return `${name} sandbox`
  return kind === 'fid' ? `${name} installation` : name
}

function hintOf(state, waiting, inbox) {
  if (state === 'unregistered') return 'The app was removed'
  if (waiting > 0) return `${waiting} waiting`
  return inbox === 0 ? 'Nothing arrived yet' : ''
}

/** Of a browser; an address of any other service may look like JSON, and be none. */
function endpointIn({ subscription }) {
  return subscription?.endpoint
}

function shortened(address) {
  return address.length > 34 ? `${address.slice(0, 16)}…${address.slice(-14)}` : address
}

const CARDS = { notification: notificationCard, handshake: handshakeCard, data: dataCard }

function card(service, message, act) {
  const view = viewOf(service, message)
  const when = element('time', {}, act.time(message.receivedAt))
  return element('li', { class: `card ${view.kind}` }, ...CARDS[view.kind](view, when))
}

function notificationCard(view, when) {
  return [
    element(
      'div',
      { class: 'head' },
      foreignText('strong', 'title', view.title || 'Notification', 120),
      badge(view),
      when,
    ),
    ...(view.body ? [foreignText('p', 'body', view.body)] : []),
    ...(view.image ? [picture(view.image)] : []),
    ...(view.actions.length > 0 ? [element('p', { class: 'actions' }, ...view.actions.map(action))] : []),
    ...fields(view),
    ...(view.url ? [foreignText('p', 'link', view.url, 120)] : []),
  ]
}

function handshakeCard(view, when) {
  return [
    element('div', { class: 'head' }, element('strong', { class: 'title' }, 'Handshake'), when),
    ...(view.body ? [foreignText('p', 'body', view.body)] : []),
    element('p', { class: 'secret' }, 'Secret to send back ', foreignText('code', '', view.secret, 80)),
    ...fields(view),
  ]
}

function dataCard(view, when) {
  const title = view.fields.length > 0 ? 'Data' : view.note || 'An empty message'
  return [element('div', { class: 'head' }, element('span', { class: 'title' }, title), when), ...fields(view)]
}

function badge({ badge, sound }) {
  if (badge) return element('span', { class: 'badge', title: 'Badge' }, badge.slice(0, 6))
  return sound ? element('span', { class: 'sound', title: `Sound: ${sound.slice(0, 80)}` }, '♪') : undefined
}

/** No picture is fetched from anywhere: its frame says where it would come from. */
function picture(url) {
  return element('p', { class: 'picture' }, foreignText('span', '', hostOf(url), 80))
}

function hostOf(url) {
  return URL.canParse(url) ? new URL(url).host || url : url
}

function action(title) {
  return foreignText('span', 'action', title, 40)
}

function fields(view) {
  if (view.fields.length === 0) return []
  const rows = view.fields.flatMap(([key, value]) => [
    foreignText('dt', '', key, 60),
    foreignText('dd', '', value, 300),
  ])
  return [element('dl', {}, ...rows, ...(view.note ? [element('dt', {}, view.note)] : []))]
}
