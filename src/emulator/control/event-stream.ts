// What happens in the emulator as server-sent events (html.spec.whatwg.org/multipage/server-sent-events.html): first a
// snapshot, then every event.
import type { ServerResponse } from 'node:http'
import type { DeviceTable } from '../devices/device-table.ts'
import type { MovableClock } from '../emulated-clock.ts'
import type { EmulatorEvent, EmulatorEvents } from '../emulator-events.ts'
import type { FaultBook } from '../faults/fault-book.ts'
import type { RequestJournal } from '../server/request-journal.ts'
import { clockBody, deviceBody } from './shown-state.ts'

export interface EventStreamParts {
  readonly devices: DeviceTable
  readonly faults: FaultBook
  readonly requests: RequestJournal
  readonly clock: MovableClock
  readonly events: EmulatorEvents
}

/** Of devices, the newest. */
const SNAPSHOT_DEVICES = 500
/** Of each device's inbox, the newest. */
const SNAPSHOT_MESSAGES = 4
const SNAPSHOT_REQUESTS = 100
/** A listener that is so far behind is cut off; EventSource comes again by itself, and begins with a new snapshot. */
const MAX_BACKLOG_BYTES = 8_388_608

const HEADERS = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' }

/** Until the listener leaves. */
export function streamEvents(parts: EventStreamParts, response: ServerResponse): void {
  const say = (type: string, body: unknown): void => {
    // Until its `close` comes, the listener is told of events that it can no longer be sent.
    if (response.destroyed) return
    response.write(`event: ${type}\ndata: ${JSON.stringify(body)}\n\n`)
    if (response.writableLength > MAX_BACKLOG_BYTES) response.destroy()
  }
  response.writeHead(200, HEADERS)
  if (response.req.method === 'HEAD') {
    response.end()
    return
  }
  say('snapshot', snapshot(parts))
  const end = parts.events.subscribe((event) => say(event.type, bodyOf(event, parts)))
  response.on('close', end)
}

function snapshot({ devices, faults, requests, clock }: EventStreamParts) {
  const all = devices.list()
  return {
    clock: clockBody(clock),
    total: all.length,
    devices: all.slice(-SNAPSHOT_DEVICES).map((device) => {
      const newest = device.inboxAfter(device.lastSequence - SNAPSHOT_MESSAGES)
      return { ...deviceBody(device), messages: newest }
    }),
    faults: faults.list(),
    requests: requests.recent(Math.max(0, requests.last - SNAPSHOT_REQUESTS)),
    counts: requests.counts(),
  }
}

function bodyOf(event: EmulatorEvent, { clock }: EventStreamParts): unknown {
  switch (event.type) {
    case 'device':
      return deviceBody(event.device)
    case 'message':
      return { device: event.device.id, message: event.message }
    case 'request':
      return event.request
    case 'fault':
      return event.fault
    case 'device-removed':
    case 'fault-removed':
      return { id: event.id }
    case 'clock':
      return clockBody(clock)
    case 'cleared':
      return {}
  }
}
