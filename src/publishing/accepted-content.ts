// A message as it is kept: what every process that sends it must read in the same way is settled once.
import { canonicalLocales } from '../model/check-locales.ts'
import type { MessageContent } from '../model/message.ts'

/** @param appLocale The language of recipients of whom none is known. */
export function acceptedContent(appLocale: string | undefined, content: MessageContent): MessageContent {
  const { locales, fallbackLocale = appLocale } = content
  if (locales === undefined) return content
  return { ...content, locales: canonicalLocales(locales), ...(fallbackLocale !== undefined && { fallbackLocale }) }
}
