// What a message says in other languages: laid over what it says to everybody else.
import { lookUpTag } from './locale.ts'
import type { MessageContent } from './message.ts'

/** The tag of the message that a recipient gets; undefined: what everybody else gets. Tags are canonical. */
export function tagFor({ locales, fallbackLocale }: MessageContent, locale: string | undefined): string | undefined {
  const wanted = locale ?? fallbackLocale
  if (locales === undefined || wanted === undefined) return undefined
  return lookUpTag(wanted, (tag) => Object.hasOwn(locales, tag))
}

/** The message in one of its languages; undefined: as everybody else gets it. */
export function inLocale(content: MessageContent, tag: string | undefined): MessageContent {
  const { locales = {}, fallbackLocale: _fallbackLocale, ...base } = content
  const over = tag === undefined ? undefined : locales[tag]
  if (over === undefined) return base
  const notification = over.notification && { ...base.notification, ...given(over.notification) }
  return {
    ...base,
    data: { ...base.data, ...over.data },
    ...(notification && { notification }),
  }
}

/** Stored as JSON, what is undefined would be gone. */
function given<T extends object>(object: T): Partial<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Partial<T>
}
