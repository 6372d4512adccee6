// Every form in which a message may reach a recipient, at its largest and at its smallest: what holds for these holds
// for all that is sent.
import type { CheckFailure } from './check-failure.ts'
import { inLocale } from './localised.ts'
import type { MessageContent } from './message.ts'
import { isPersonal } from './personal-content.ts'
import { fillContent, variablesIn } from './template.ts'
import type { TransportRules } from './transport.ts'
import { DEFAULT_VALUE_BYTES, variableOf } from './variable.ts'

export interface ContentBounds {
  /** Undefined: what everybody else gets. */
  readonly locale: string | undefined
  /** No value takes more room in any encoding. */
  readonly largest: MessageContent
  readonly smallest: MessageContent
}

/** Takes two bytes in JSON and three in a URL or a form, the most that a byte of a value can take anywhere. */
const LARGEST_BYTE = '"'

export function* boundsOf(content: MessageContent): Generator<ContentBounds> {
  for (const locale of [undefined, ...Object.keys(content.locales ?? {})]) {
    const localised = inLocale(content, locale)
    const { variables } = localised
    const filled = (fill: (maxBytes: number, usual: string) => string) =>
      variables === undefined
        ? localised
        : fillContent(localised, (name) => {
            const variable = variableOf(variables, name)
            return fill(variable?.maxBytes ?? DEFAULT_VALUE_BYTES, variable?.default ?? '')
          })
    yield {
      locale,
      largest: filled((maxBytes) => LARGEST_BYTE.repeat(maxBytes)),
      smallest: filled((_, usual) => usual.slice(0, 1) && 'x'),
    }
  }
}

/** Why a push service could not carry the message to some recipient; undefined when it can to each. */
export function checkFit(rules: TransportRules, content: MessageContent): CheckFailure | undefined {
  if (!isPersonal(content)) return rules.check(content)
  for (const { locale, largest } of boundsOf(content)) {
    const failure = rules.check(largest)
    if (failure !== undefined) return { ...failure, detail: explain(rules, content, { locale, largest, failure }) }
  }
  return undefined
}

interface Misfit {
  readonly locale: string | undefined
  readonly largest: MessageContent
  readonly failure: CheckFailure
}

function explain(rules: TransportRules, content: MessageContent, { locale, largest, failure }: Misfit): string {
  const detail = `${inLocaleOf(locale)}${failure.detail}`
  const localised = inLocale(content, locale)
  if (failure.code !== 'PUSH_MESSAGE_TOO_BIG' || variablesIn(localised).length === 0) return detail
  const bare = fillContent(localised, () => '')
  const share = rules.preview(largest, undefined).bytes - rules.preview(bare, undefined).bytes
  return `${detail} ${share} of these bytes are kept for variables at their largest: maxBytes makes them smaller.`
}

/** The beginning of a sentence about one of a message’s languages. */
export function inLocaleOf(locale: string | undefined): string {
  return locale === undefined ? '' : `In the locale ${locale}: `
}
