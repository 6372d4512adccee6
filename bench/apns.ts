// `npm run bench:apns`: APNs. Sendword's whole path, every result recorded, against libraries that store nothing. Writes
// bench/apns-results.json.
import { hold } from './contest.ts'

await hold({
  contestants: {
    'node-apn': ['node-apn'],
    apns2: ['apns2'],
    sendword: ['sendword', '500', 'apns'],
  },
  floor: 'node-apn',
  results: 'apns-results.json',
})
