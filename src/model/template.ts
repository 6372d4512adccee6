// Texts with variables, `{{name}}`: where they may stand, and how they are filled. A value is put in as it is, once: what
// looks like a variable in it stays text.
import type { MessageContent } from './message.ts'
import type { Notification } from './notification.ts'
import { NAME_PATTERN } from './variable.ts'

const PLACE = new RegExp(`\\{\\{(${NAME_PATTERN})\\}\\}`, 'g')
/** What of a notification is text, and what is a URL. */
const TEXTS = ['title', 'body'] as const
const URLS = ['url', 'image'] as const

export interface TemplateText {
  /** `notification.title` */
  readonly where: string
  readonly text: string
  readonly isUrl: boolean
}

/** Every text in which variables may stand. */
export function templateTexts({ data = {}, notification }: Partial<TemplateParts>): TemplateText[] {
  const { actions = [] } = notification ?? {}
  const texts = [
    ...Object.entries(data).map(([key, text]) => ({ where: `data.${key}`, text, isUrl: false })),
    ...TEXTS.map((field) => ({ where: `notification.${field}`, text: notification?.[field], isUrl: false })),
    ...URLS.map((field) => ({ where: `notification.${field}`, text: notification?.[field], isUrl: true })),
    ...actions.map((action, place) => ({
      where: `notification.actions.${place}.title`,
      text: action.title,
      isUrl: false,
    })),
  ]
  return texts.filter((entry): entry is TemplateText => entry.text !== undefined)
}

interface TemplateParts {
  readonly data: Readonly<Record<string, string>> | undefined
  readonly notification: Partial<Notification> | undefined
}

/** The text in pieces: literal text at even places, the names of variables at odd ones. */
export function splitTemplate(text: string): string[] {
  return text.split(PLACE)
}

/** The names of the variables in a content, each once. */
export function variablesIn(content: Partial<TemplateParts>): string[] {
  const texts = templateTexts(content).map(({ text }) => text)
  return [...new Set(texts.flatMap((text) => splitTemplate(text).filter((_, place) => place % 2 === 1)))]
}

/** The content with a value in the place of each of its variables, percent-encoded in URLs. */
export function fillContent(content: MessageContent, valueFor: (name: string) => string): MessageContent {
  const { variables: _variables, data, notification, ...rest } = content
  const text = (template: string) => template.replace(PLACE, (_, name: string) => valueFor(name))
  const filled = Object.entries(data).map(([key, value]) => [key, text(value)])
  return {
    ...rest,
    data: Object.fromEntries(filled),
    ...(notification && { notification: fillNotification(notification, text, valueFor) }),
  }
}

function fillNotification(
  notification: Notification,
  text: (template: string) => string,
  valueFor: (name: string) => string,
): Notification {
  const { actions } = notification
  const link = (template: string) => template.replace(PLACE, (_, name: string) => encodeURIComponent(valueFor(name)))
  return {
    ...notification,
    ...filled(notification, TEXTS, text),
    ...filled(notification, URLS, link),
    ...(actions && { actions: actions.map((action) => ({ ...action, title: text(action.title) })) }),
  }
}

function filled(
  notification: Notification,
  fields: ReadonlyArray<(typeof TEXTS | typeof URLS)[number]>,
  fill: (template: string) => string,
): Partial<Notification> {
  const texts = fields.flatMap((field) => {
    const template = notification[field]
    return template === undefined ? [] : [[field, fill(template)] as const]
  })
  return Object.fromEntries(texts)
}

/** The beginning of a text that is not longer than so many bytes, and ends with a whole character. */
export function cutBytes(text: string, maxBytes: number): string {
  // No character has more than three bytes for each unit of a string.
  if (text.length * 3 <= maxBytes) return text
  const bytes = Buffer.from(text)
  if (bytes.length <= maxBytes) return text
  let end = maxBytes
  // 10xxxxxx: within a character.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return bytes.toString('utf8', 0, end)
}
