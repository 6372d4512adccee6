// Who is told of what happens, as whoever makes it happen sees it: it is written in the same transaction, so that it is
// told exactly when it did happen.
import type { Tx } from '../database/tx.ts'
import type { Announcement } from '../model/webhook-event.ts'

export interface Announcer {
  /** Whether somebody wants to know when messages of this app are finished: finding that out costs a look. */
  hearsOfFinished(app: string): boolean
  announce(tx: Tx, announcements: readonly Announcement[]): Promise<void>
}
