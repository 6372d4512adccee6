// Every error code of Sendword, once: the title it stands for and what to do about it.
// docs/reference/errors.md lists the same codes, and a test holds the two together.

export interface ErrorEntry {
  readonly title: string
  readonly cure: string
}

export const ERROR_TABLE = {
  // Configuration
  PUSH_CONFIG_INVALID: { title: 'An option is not valid.', cure: 'Correct the option that is named and start again.' },
  PUSH_CONFIG_FILE: {
    title: 'The configuration file cannot be used.',
    cure: 'Correct the file that is named, or name another one, and start again.',
  },
  PUSH_CONFIG_SECRET_MISSING: {
    title: 'A credential must be sealed, and there is no key to seal it with.',
    cure: 'Set SENDWORD_SECRET to at least 32 random characters, the same on every machine.',
  },
  PUSH_CONFIG_SECRET_WRONG: {
    title: 'A stored credential cannot be opened with this SENDWORD_SECRET.',
    cure: 'Use the SENDWORD_SECRET it was sealed with; with a new one, credentials are obtained again, but for VAPID keys.',
  },
  PUSH_CONFIG_API_KEY_MISSING: {
    title: 'There is no API key, and no place to show a generated one.',
    cure: 'Set SENDWORD_API_KEY to at least 24 random characters.',
  },
  PUSH_C2DM_NOT_CONFIGURED: {
    title: 'C2DM is asked for, but has no credential.',
    cure: 'Set C2DM_AUTH_USER and C2DM_AUTH_PASSWORD, or C2DM_AUTH_TOKEN.',
  },
  PUSH_C2DM_LOGIN_REFUSED: {
    title: 'ClientLogin refused the account.',
    cure: 'Run `sendword c2dm login`: it shows the reason and its cure.',
  },
  PUSH_C2DM_LOGIN_UNAVAILABLE: {
    title: 'ClientLogin gave no token for now.',
    cure: 'Try again in a few minutes.',
  },
  PUSH_HTTP_LISTEN: {
    title: 'The server cannot listen at this host and port.',
    cure: 'Choose another port or host, with --port and --host or SENDWORD_PORT and SENDWORD_HOST.',
  },
  // Command line
  PUSH_COMMAND_INVALID: {
    title: 'The command line is not valid.',
    cure: 'Run `sendword --help`.',
  },
  PUSH_EMULATOR_UNUSABLE: {
    title: 'The emulator cannot be used.',
    cure: 'Start one with `sendword emulator`, and give --emulator the URL of its control API.',
  },
  PUSH_DEMO_FAILED: {
    title: 'The demo did not get through.',
    cure: 'Run it again with SENDWORD_LOG_LEVEL=debug to see more.',
  },
  // Database
  PUSH_DATABASE_FOLDER: {
    title: 'The data folder cannot be used.',
    cure: 'Choose a folder that this user may write to, with --data or SENDWORD_DATA.',
  },
  PUSH_DATABASE_PLATFORM: {
    title: 'There are no PostgreSQL binaries for this platform.',
    cure: 'Set DATABASE_URL to a PostgreSQL 15 or newer, or SENDWORD_POSTGRES_BIN to a folder with its binaries.',
  },
  PUSH_DATABASE_START: {
    title: 'The packaged PostgreSQL did not start.',
    cure: 'Read postgres.log in the data folder; it names the reason.',
  },
  PUSH_DATABASE_URL: {
    title: 'The database refused the connection.',
    cure: 'Check the user, password, hosts and database name in DATABASE_URL.',
  },
  PUSH_DATABASE_DOWN: {
    title: 'The database cannot be reached.',
    cure: 'Start it, promote its standby, or wait: Sendword goes on by itself when a server takes writes.',
  },
  PUSH_DATABASE_FULL: {
    title: 'The disk of the database is full.',
    cure: 'Free disk space; nothing that was accepted is lost.',
  },
  PUSH_DATABASE_NEWER: {
    title: 'The database belongs to a newer Sendword.',
    cure: 'Run that version or a newer one; this one would damage it.',
  },
  PUSH_DATABASE_OLD_SERVER: {
    title: 'This PostgreSQL is too old.',
    cure: 'Use PostgreSQL 15 or newer.',
  },
  PUSH_TRANSACTION_NESTED: {
    title: 'The database was used outside of the transaction that is open.',
    cure: 'Pass the transaction to every call made inside it.',
  },
  PUSH_TRANSACTION_FOREIGN: {
    title: 'The transaction given as `tx` cannot be used.',
    cure: 'Pass an open transaction of node-postgres, Drizzle, Kysely, Knex or Prisma on the database that Sendword uses.',
  },
  // Requests
  PUSH_REQUEST_INVALID: { title: 'The request is not valid.', cure: 'Correct what is named and send it again.' },
  PUSH_REQUEST_MEDIA_TYPE: {
    title: 'The body is not of a type that is read here.',
    cure: 'Send JSON in UTF-8, uncompressed, with `Content-Type: application/json`.',
  },
  PUSH_REQUEST_TOO_LARGE: { title: 'The request is too large.', cure: 'Send a smaller one.' },
  PUSH_REQUEST_HEADERS_TOO_LARGE: {
    title: 'The request’s line and headers are too large.',
    cure: 'Send fewer or shorter headers, or a shorter URL.',
  },
  PUSH_REQUEST_TIMEOUT: { title: 'The request took too long to arrive.', cure: 'Send it again, without pauses.' },
  PUSH_REQUEST_METHOD: { title: 'This method is not served here.', cure: 'Use one that the Allow header names.' },
  PUSH_REQUEST_METHOD_NOT_IMPLEMENTED: {
    title: 'This method is not implemented.',
    cure: 'Use GET; the device doors serve nothing else.',
  },
  PUSH_REQUEST_NOT_FOUND: { title: 'There is nothing at this path.', cure: 'Check the path and the app’s name.' },
  PUSH_REQUEST_UNAUTHENTICATED: {
    title: 'The request carries no valid API key.',
    cure: 'Send the header `Authorization: Bearer <key>`.',
  },
  PUSH_REQUEST_RATE_LIMITED: {
    title: 'Too many registrations in a short time.',
    cure: 'Wait for as long as Retry-After says.',
  },
  PUSH_REQUEST_TOO_MANY_STREAMS: {
    title: 'Too many streams of events are open.',
    cure: 'Close some, or ask for the message itself now and then.',
  },
  PUSH_INTERNAL: { title: 'Something went wrong on our side.', cure: 'The log has the cause; try again later.' },
  // Registry
  PUSH_APP_UNKNOWN: { title: 'There is no app of this name.', cure: 'Use a name that the configuration lists.' },
  PUSH_DEVICE_UNKNOWN: {
    title: 'There is no such device.',
    cure: 'Check the device id; the device may have been removed.',
  },
  PUSH_DEVICE_PENDING: {
    title: 'The device has not confirmed an address yet.',
    cure: 'Send after the device has confirmed its registration.',
  },
  PUSH_DEVICE_FAILED: {
    title: 'The device’s address is dead.',
    cure: 'The device can be reached again once it has registered anew.',
  },
  PUSH_DEVICE_KEY_REQUIRED: {
    title: 'This device has a live address, which only the holder of its device key may replace.',
    cure: 'Send the key in the header Sendword-Device-Key, or an identity token of the device’s user.',
  },
  PUSH_DEVICE_KEY_REFUSED: {
    title: 'This is not the key of such a device.',
    cure: 'Send the newest key of the device in the header Sendword-Device-Key.',
  },
  PUSH_DEVICE_HOLDS_KEY: {
    title: 'This device holds a device key, which the C2DM doors cannot carry.',
    cure: 'Use the JSON door, POST /v1/apps/{app}/registrations.',
  },
  PUSH_USER_TOKEN_REFUSED: {
    title: 'The identity token is refused.',
    cure: 'Have your server sign one: HS256, RS256 or ES256, with sub, aud (the app) and exp.',
  },
  PUSH_REGISTRATION_NOT_HELD: {
    title: 'No new address of this device waits for approval.',
    cure: 'Look at the device with `sendword devices show`.',
  },
  PUSH_REGISTRATION_INVALID: {
    title: 'The registration is not valid.',
    cure: 'Correct what is named and register again.',
  },
  PUSH_CONFIRMATION_REFUSED: {
    title: 'This confirmation does not fit a registration that is open.',
    cure: 'Register again and confirm with the token that arrives on the device.',
  },
  // Users, groups and channels
  PUSH_USER_UNKNOWN: {
    title: 'Nothing is known of this user.',
    cure: 'Check the user’s id; put what you know of the user, or bind a device to it.',
  },
  PUSH_GROUP_UNKNOWN: { title: 'There is no such group.', cure: 'Check its name; the group may have been removed.' },
  PUSH_GROUP_NESTING: {
    title: 'The groups cannot be nested like this.',
    cure: 'Nest groups without a circle, and at most 5 one within the other.',
  },
  PUSH_CHANNEL_UNKNOWN: {
    title: 'There is no such channel.',
    cure: 'Check its name; the channel may have been renamed or removed.',
  },
  PUSH_CHANNEL_EMPTY: { title: 'The channel has nothing to say.', cure: 'Give it a field, and publish it then.' },
  PUSH_NAME_TAKEN: { title: 'The name is taken.', cure: 'Choose another name, or remove what has it.' },
  // Messages
  PUSH_MESSAGE_INVALID: { title: 'The message is not valid.', cure: 'Correct what is named and send it again.' },
  PUSH_AUDIENCE_INVALID: { title: 'The audience is not valid.', cure: 'Correct what is named and send it again.' },
  PUSH_IDEMPOTENCY_CONFLICT: {
    title: 'Another request was accepted under this idempotency key.',
    cure: 'Use a new key for a new message; a repeat must be the same in every part.',
  },
  PUSH_MESSAGE_TOO_BIG: { title: 'The message is too big.', cure: 'Shorten it, or send a reference to the content.' },
  PUSH_RECEIPTS_UNAVAILABLE: {
    title: 'Receipts are asked for, and there is no secret to sign their tokens with.',
    cure: 'Set SENDWORD_SECRET to at least 32 random characters, the same on every machine.',
  },
  PUSH_RECEIPT_REFUSED: {
    title: 'A receipt cannot be believed.',
    cure: 'Forget it: no repeat helps. The token comes with the message, under `receipt`, and belongs to its app.',
  },
  PUSH_MESSAGE_UNKNOWN: {
    title: 'There is no such message.',
    cure: 'Check the id; a transaction that was rolled back leaves none, and old ones are dropped.',
  },
  PUSH_MESSAGE_UNSETTLED: {
    title: 'The message has not settled in this time.',
    cure: 'It goes on being delivered; wait longer or ask again.',
  },
  PUSH_MESSAGE_NOT_ACCEPTED: {
    title: 'The message ended without being taken by the push service.',
    cure: 'The reason is the push service’s word for it, or ours; a device that failed can be reached once it has registered anew.',
  },
  PUSH_WEBHOOK_UNKNOWN: {
    title: 'There is no such dead letter.',
    cure: 'Look at `sendword webhooks list`; it may have been sent again already, and old ones are dropped.',
  },
  PUSH_WEBHOOK_NOT_CONFIGURED: {
    title: 'The app has no webhooks configured.',
    cure: 'Name an endpoint under `webhooks` of the app, or in SENDWORD_WEBHOOKS.',
  },
  PUSH_TRANSPORT_UNAVAILABLE: {
    title: 'The app has no such push service configured.',
    cure: 'Configure it, or address another device.',
  },
  PUSH_TRANSPORT_UNREACHABLE: {
    title: 'The push service cannot be reached; nothing was sent to it.',
    cure: 'Check the network, its DNS and the certificates; Sendword tries again by itself.',
  },
  PUSH_TRANSPORT_UNANSWERED: {
    title: 'The push service did not answer; whether it took the message is not known.',
    cure: 'Sendword sends it again by itself.',
  },
  PUSH_CLOSED: { title: 'This Sendword has been closed.', cure: 'Create a new one.' },
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof ERROR_TABLE
