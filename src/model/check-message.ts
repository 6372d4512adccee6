// Refuses a message that no transport could carry, in any of its languages and with whatever values.
import { assertContent } from './check-content.ts'
import { assertLocales } from './check-locales.ts'
import { assertVariables } from './check-variables.ts'
import { boundsOf, inLocaleOf } from './content-bounds.ts'
import { inLocale } from './localised.ts'
import type { MessageContent } from './message.ts'
import { isPersonal } from './personal-content.ts'
import { InputError } from './push-error.ts'

/** Throws InputError PUSH_MESSAGE_INVALID or PUSH_MESSAGE_TOO_BIG. */
export function assertMessage(content: MessageContent): void {
  assertContent(content)
  if (isPersonal(content)) assertPersonal(content)
}

/** Texts are filled only once they are known to be texts. */
function assertPersonal(content: MessageContent): void {
  const { locales, variables } = content
  if (locales !== undefined) assertLocales(locales)
  for (const tag of Object.keys(locales ?? {})) assertIn(tag, inLocale(content, tag))
  if (variables === undefined) return
  assertVariables(content, variables)
  for (const { locale, largest, smallest } of boundsOf(content)) {
    assertIn(locale, largest, ' Variables are taken at their largest: maxBytes makes them smaller.')
    assertIn(locale, smallest, ' Variables without a default are taken as empty.')
  }
}

function assertIn(locale: string | undefined, content: MessageContent, remark = ''): void {
  try {
    assertContent(content)
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    throw new InputError(error.code, { detail: `${inLocaleOf(locale)}${error.detail}${remark}` })
  }
}
