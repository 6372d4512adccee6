// What to try while the demo runs: lines that work as they stand.

export interface SuggestionsInput {
  readonly apiKey: string
  readonly messagesUrl: string
  /** The virtual device's short name in the emulator. */
  readonly device: string
  readonly emulatorUrl: string
  readonly serverUrl: string
  readonly pageUrl?: string
  /** Of the message that was sent. */
  readonly id: string
}

export function suggestions(input: SuggestionsInput): string[] {
  const { apiKey, messagesUrl, device, emulatorUrl, serverUrl, pageUrl, id } = input
  const authorization = `-H 'Authorization: Bearer ${apiKey}'`
  return [
    '',
    `Watch the phones: open ${emulatorUrl}`,
    ...(pageUrl === undefined ? [] : [`Make your browser a device: open ${pageUrl}`]),
    '',
    'It keeps running; stop it with Ctrl-C. Try, in another terminal:',
    '',
    '# send another message to the FCM device',
    `curl -s ${messagesUrl} ${authorization} -H 'Content-Type: application/json' -d '{"data":{"greeting":"hello again"}}'`,
    '',
    '# read the device’s inbox',
    `curl -s ${emulatorUrl}/devices/${device}/inbox`,
    '',
    '# see how the message of before ended',
    `curl -s ${serverUrl}/v1/apps/default/messages/${id} ${authorization}`,
    '',
    '# remove the app from the device, send again, and see the device fail',
    `curl -s -X PATCH ${emulatorUrl}/devices/${device} -H 'Content-Type: application/json' -d '{"state":"unregistered"}'`,
    '',
  ]
}
