// A group: devices under one name, which may be part of other groups.

/** Groups within groups within groups, counted from the outermost one. */
export const MAX_GROUP_DEPTH = 5
/** Groups that are directly part of one group. */
export const MAX_GROUP_PARTS = 100

export interface GroupView {
  readonly app: string
  readonly name: string
  /** The groups that are directly part of it, by name. */
  readonly groups: readonly string[]
  /** Devices that are directly part of it. */
  readonly devices: number
  readonly createdAt: Date
}

export interface GroupSummary {
  readonly name: string
  readonly createdAt: Date
}
