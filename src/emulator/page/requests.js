// The requests that senders make, newest first.
import { element, foreignText, keepFirst } from './elements.js'

const MAX_REQUESTS = 100
const MAX_TEXT = 4000
const FINE = ['accepted', 'deleted']

/** `list`: where they are shown; `nameOf`: the phone that has an address. */
export function createRequestList(list, { nameOf, time }) {
  return {
    /** Oldest first. */
    add(requests) {
      for (const request of requests.slice(-MAX_REQUESTS)) list.prepend(row(request, nameOf, time))
      keepFirst(list, MAX_REQUESTS)
    },
    clear: () => list.replaceChildren(),
  }
}

function row(request, nameOf, time) {
  const { service, outcome, status, fault, objection, receivedAt, address } = request
  const isFine = FINE.includes(outcome)
  const summary = element(
    'summary',
    {},
    element('span', { class: `dot ${service}` }),
    element('span', { class: 'service' }, service),
    element('span', { class: 'code' }, status === undefined ? '—' : String(status)),
    foreignText('span', 'outcome', outcome, 60),
    element('span', { class: 'to' }, address === undefined ? '' : nameOf(address)),
    element('time', {}, time(receivedAt)),
  )
  const details = element('details', {}, summary)
  // Hundreds of requests are looked at one by one, if at all.
  details.addEventListener('toggle', () => details.append(...contents(request)), { once: true })
  const remarks = [objection, fault && `Struck by the fault ${fault}.`].filter(Boolean)
  return element(
    'li',
    { class: isFine ? '' : 'bad' },
    details,
    ...remarks.map((remark) => foreignText('p', 'remark', remark, 300)),
  )
}

function contents({ method, target, headers, body }) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  const head = `${method} ${target}\n${lines.join('\n')}`
  return [head, ...(body ? [body] : [])].map((text) => foreignText('pre', '', text, MAX_TEXT))
}
