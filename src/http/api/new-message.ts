// A message as it stands in a request: fields and their types. Bounds are checked where messages are accepted.
import { z } from '@hono/zod-openapi'
import { TRANSPORT_NAMES } from '../../model/address.ts'
import { MAX_TTL_SECONDS } from '../../model/message.ts'
import { VISIBILITIES } from '../../model/notification.ts'
import { APNS_OVERRIDE_HEADERS, type JsonObject } from '../../model/overrides.ts'
import { URGENCIES } from '../../model/urgency.ts'
import { audience } from './audience.ts'
import { timingFields } from './new-timing.ts'

const action = z
  .strictObject({
    id: z.string().openapi({ description: 'What the application is told of the button that was pressed.' }),
    title: z.string(),
    icon: z.string().optional().openapi({ description: 'https:// URL of a picture.' }),
  })
  .openapi('NotificationAction')

const notificationFields = z.strictObject({
  title: z.string().optional(),
  body: z.string().optional(),
  image: z.string().optional().openapi({ description: 'https:// URL of a picture.' }),
  actions: z.array(action).optional().openapi({ description: 'Buttons, at most 4.' }),
  badge: z.int().optional().openapi({ description: 'The number on the application’s icon; 0 takes it away.' }),
  sound: z.string().optional().openapi({ description: '`default`, or the name of a sound of the application.' }),
  url: z.string().optional().openapi({ description: 'https:// URL that a tap leads to.' }),
})

const notification = notificationFields.openapi('Notification', { description: 'Needs a title or a body.' })

const partialNotification = notificationFields.openapi('PartialNotification', { description: 'What differs.' })

const android = z
  .strictObject({
    channelId: z.string().optional(),
    icon: z.string().optional(),
    color: z.string().optional().openapi({ example: '#00aa55' }),
    sound: z.string().optional(),
    tag: z.string().optional().openapi({ description: 'Replaces the notification that is shown with this tag.' }),
    clickAction: z.string().optional(),
    imageUrl: z.string().optional(),
    visibility: z.enum(VISIBILITIES).optional(),
    notificationCount: z.int().optional(),
    sticky: z.boolean().optional(),
    directBootOk: z.boolean().optional(),
  })
  .openapi('AndroidOptions')

// What the body holds is JSON, as it was parsed.
const jsonObject = z.record(z.string(), z.unknown()).openapi({ type: 'object' }) as unknown as z.ZodType<JsonObject>

const overrides = z
  .strictObject({
    fcm: z
      .strictObject({
        data: z.record(z.string(), z.string().nullable()).nullable().optional(),
        notification: jsonObject.nullable().optional(),
        android: jsonObject.nullable().optional(),
        apns: jsonObject.nullable().optional(),
        webpush: jsonObject.nullable().optional(),
        fcm_options: jsonObject.nullable().optional(),
      })
      .optional()
      .openapi({ description: 'Of FCM’s Message; never its target.' }),
    apns: z
      .strictObject({
        headers: z.partialRecord(z.enum(APNS_OVERRIDE_HEADERS), z.string()).optional(),
        payload: jsonObject.optional(),
      })
      .optional(),
    webpush: z
      .strictObject({
        urgency: z.enum(URGENCIES).optional(),
        notification: jsonObject.optional().openapi({ description: 'What showNotification takes.' }),
      })
      .optional(),
  })
  .openapi('Overrides', {
    description: 'What one push service alone is told, in its own words: laid over the rest; null takes a key away.',
  })

const locales = z
  .record(
    z.string(),
    z.strictObject({ notification: partialNotification.optional(), data: z.record(z.string(), z.string()).optional() }),
  )
  .optional()
  .openapi({ description: 'What it says in other languages, by BCP 47 tag; the rest stays. At most 100.' })

const variables = z
  .record(
    z.string(),
    z
      .strictObject({
        label: z.string().optional().openapi({ description: 'The label of the device, or of its user, that has it.' }),
        default: z.string(),
        maxBytes: z.int().optional().openapi({ description: '1 to 1024 bytes, after which it is cut. Default 128.' }),
      })
      .openapi('Variable'),
  )
  .optional()
  .openapi({ description: 'What {{name}} stands for in data, notification and locales. At most 50.' })

const values = z.record(z.string(), z.string())

const fields = {
  data: z
    .record(z.string(), z.string())
    .optional()
    .openapi({ description: 'Text by key; needed where there is no notification.', example: { greeting: 'hello' } }),
  notification: notification.optional().openapi({ description: 'What is shown by itself; C2DM cannot.' }),
  urgency: z.enum(URGENCIES).optional().openapi({ description: '`high` wakes a sleeping device. Not on C2DM.' }),
  android: android.optional().openapi({ description: 'FCM: how Android shows the notification.' }),
  collapseKey: z.string().optional().openapi({ description: 'Messages with one key replace each other.' }),
  ttl: z.int().min(0).max(MAX_TTL_SECONDS).optional().openapi({
    description: 'Seconds the message may wait; 0: it is tried once. Default 86400.',
  }),
  delayWhileIdle: z.boolean().optional().openapi({ description: 'C2DM: wait until the device is active.' }),
  overrides: overrides.optional(),
  receipts: z.boolean().optional().openapi({
    description: 'Give each device a token with which it tells that the message was delivered and opened.',
  }),
  ...timingFields,
  validateOnly: z.boolean().optional().openapi({
    description: 'FCM: check the message and the address, and deliver nothing. Other push services refuse it.',
  }),
  locales,
  variables,
}

const dryRun = z.boolean().optional().openapi({
  description: 'Check all that is checked, answer whom it would reach and with what, and send and store nothing.',
})

const NOTHING = { error: 'data or notification is needed' }

function saysSomething({ data, notification }: { data?: object | undefined; notification?: object | undefined }) {
  return data !== undefined || notification !== undefined
}

export const newMessage = z
  .strictObject({
    ...fields,
    values: values.optional().openapi({ description: 'What variables stand for, by name.' }),
    dryRun,
  })
  .refine(saysSomething, NOTHING)
  .openapi('NewMessage')

const skipUnfit = z.boolean().optional().openapi({
  description: 'Leave out devices whose push service cannot carry the message, instead of refusing it.',
})

export const newBroadcast = z
  .strictObject({
    audience,
    ...fields,
    values: z.record(z.string(), values).optional().openapi({
      description: 'What variables stand for, by device id or user id, whichever the audience names. At most 1000.',
    }),
    skipUnfit,
    dryRun,
  })
  .refine(saysSomething, NOTHING)
  .openapi('NewBroadcast')

const { data: _data, collapseKey: _collapseKey, validateOnly: _validateOnly, locales: _locales, ...beside } = fields

export const newPublication = z
  .strictObject({
    ...beside,
    locales: z
      .record(z.string(), z.strictObject({ notification: partialNotification.optional() }))
      .optional()
      .openapi({ description: 'The notification in other languages, by BCP 47 tag. At most 100.' }),
    skipUnfit,
    dryRun,
  })
  .openapi('NewPublication', { description: 'What goes with the content of a channel; all of it may be left out.' })

export const newPreview = z
  .strictObject({
    ...fields,
    locale: z.string().optional().openapi({ description: 'In this language. Default: the app’s own.' }),
    transports: z
      .array(z.enum(TRANSPORT_NAMES))
      .min(1)
      .optional()
      .openapi({ description: 'Of which push services. Default: all that the app has.' }),
  })
  .refine(saysSomething, NOTHING)
  .openapi('NewPreview')
