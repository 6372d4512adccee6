// What this process holds, apart for slices of an audience and for everything else, so that neither takes the other's
// room.
import { type ClaimedJob, isUrgent } from '../queue/job.ts'
import { BULK, createRoom, type Room, URGENT } from './room.ts'

export interface Share {
  readonly name: 'urgent' | 'bulk'
  readonly room: Room
  /** Jobs of it that this process holds. */
  held: number
  /** Sends of it that wait or are under way. */
  openSends: number
  /** How many jobs to claim now. */
  jobs(): number
}

export interface Shares {
  readonly urgent: Share
  readonly bulk: Share
  of(claim: ClaimedJob): Share
  openSends(): number
}

export function createShares(): Shares {
  const urgent = createShare('urgent', createRoom(URGENT))
  const bulk = createShare('bulk', createRoom(BULK))
  return {
    urgent,
    bulk,
    of: ({ job }) => (isUrgent(job) ? urgent : bulk),
    openSends: () => urgent.openSends + bulk.openSends,
  }
}

function createShare(name: Share['name'], room: Room): Share {
  return {
    name,
    room,
    held: 0,
    openSends: 0,
    jobs() {
      return room.jobs(this)
    },
  }
}
