// Events of one Sendword, and who listens to them. A listener that throws is logged and disturbs nobody.
import type { RaiseEvent, SendwordEvent } from '../model/event.ts'
import type { LogFields, Logger } from '../util/logger.ts'

export type EventOf<Type extends SendwordEvent['type']> = Extract<SendwordEvent, { type: Type }>
export type EventListener<Type extends SendwordEvent['type']> = (event: EventOf<Type>) => void

export interface Events {
  readonly raise: RaiseEvent
  /** Answers with the function that ends the listening. */
  on<Type extends SendwordEvent['type']>(type: Type, listener: EventListener<Type>): () => void
}

export function createEvents(logger: Logger): Events {
  const listeners = new Map<SendwordEvent['type'], Set<(event: SendwordEvent) => void>>()
  return {
    raise(event) {
      logger.info(`event ${event.type}`, fieldsOf(event))
      for (const listener of listeners.get(event.type) ?? []) {
        try {
          listener(event)
        } catch (error) {
          logger.error('An event listener threw.', { error, type: event.type })
        }
      }
    },
    on(type, listener) {
      const set = listeners.get(type) ?? new Set()
      listeners.set(type, set)
      const untyped = listener as (event: SendwordEvent) => void
      set.add(untyped)
      return () => void set.delete(untyped)
    },
  }
}

/** Of hundreds of devices only how many. */
function fieldsOf(event: SendwordEvent): LogFields {
  return event.type === 'devices.stale' ? { ...event, deviceIds: event.deviceIds.length } : { ...event }
}
