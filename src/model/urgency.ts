// How soon a sleeping device is to get a message: the names of RFC 8030 §5.3.

/** `high` wakes a sleeping device; push services slow down senders that use it for what nobody sees. */
export const URGENCIES = ['very-low', 'low', 'normal', 'high'] as const
export type Urgency = (typeof URGENCIES)[number]
