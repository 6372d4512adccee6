// One app's webhooks: each part held to its bounds, with an error that names it and shows no secret.
import { WEBHOOK_EVENTS, type WebhookEvent } from '../../model/webhook-event.ts'
import { nearestName } from '../../util/nearest-name.ts'
import type { WebhookEndpoint } from '../../webhooks/endpoint.ts'
import { readWebhookSecret } from '../../webhooks/sign.ts'
import type { CheckedOptions } from './check-options.ts'
import { showUrl } from './option-kinds.ts'
import { isServiceUrl } from './url-kinds.ts'

type Given = Readonly<Record<string, unknown>>
type Complain = (part: string, what: string) => void

const PARTS = ['url', 'secret', 'events']
/** While one is exchanged for another. */
const MAX_SECRETS = 3

/** Adds to the problems of `checked`. */
export function resolveWebhooks(app: string, checked: CheckedOptions): WebhookEndpoint[] {
  const label = checked.label('apps.<app>.webhooks', app)
  const given = checked.read('apps.<app>.webhooks', app)
  const urls = given.map(({ url }) => url)
  return given.map((webhook, index) => {
    const complain: Complain = (part, what) => void checked.problems.push(`${label}[${index}]${part} ${what}`)
    refuseOthers(webhook, complain)
    if (urls.indexOf(webhook.url) < index) complain('.url', 'is the URL of another one; each must have its own.')
    return {
      url: readUrl(webhook, complain),
      secrets: readSecrets(webhook, complain),
      events: readEvents(webhook, complain),
    }
  })
}

function refuseOthers(webhook: Given, complain: Complain): void {
  for (const name of Object.keys(webhook)) {
    if (PARTS.includes(name)) continue
    const meant = nearestName(name, PARTS)
    complain(`.${name}`, `is not an option.${meant === undefined ? '' : ` Did you mean ${meant}?`}`)
  }
}

function readUrl({ url }: Given, complain: Complain): string {
  if (typeof url === 'string' && isServiceUrl(url)) return url
  complain('.url', `is ${showUrl(url)}; it must be an https:// or http:// URL, without user and password.`)
  return ''
}

function readSecrets({ secret }: Given, complain: Complain): Buffer[] {
  const secrets = [secret].flat()
  const read = secrets.map((one) => (typeof one === 'string' ? readWebhookSecret(one) : undefined))
  const good = read.filter((one) => one !== undefined)
  if (good.length === secrets.length && good.length >= 1 && good.length <= MAX_SECRETS) return good
  complain('.secret', 'must be whsec_ and the base64 of 24 to 64 bytes, or a list of up to three such texts.')
  return []
}

function readEvents({ events = WEBHOOK_EVENTS }: Given, complain: Complain): readonly WebhookEvent[] {
  const given: readonly unknown[] = Array.isArray(events) ? events : [events]
  const known = WEBHOOK_EVENTS.filter((name) => given.includes(name))
  if (Array.isArray(events) && given.length > 0 && known.length === new Set(given).size) return known
  complain('.events', `must be a list of ${WEBHOOK_EVENTS.join(', ')}.`)
  return []
}
