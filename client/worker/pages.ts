// The open pages of this origin.
import type { PageMessage } from '../shared/push-message.ts'
import { worker } from './scope.ts'

/** Also those that this worker does not control yet: the first visit. */
export function openPages(): Promise<readonly WindowClient[]> {
  return worker.clients.matchAll({ type: 'window', includeUncontrolled: true })
}

/** Answers with whether one of them is in sight. */
export async function tellPages(told: PageMessage): Promise<boolean> {
  const pages = await openPages()
  for (const page of pages) page.postMessage(told)
  return pages.some(({ visibilityState }) => visibilityState === 'visible')
}
