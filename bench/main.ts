// `npm run bench`: FCM. Sendword's whole path against firebase-admin and the bare protocol. Writes bench/results.json.
import { hold } from './contest.ts'

await hold({
  contestants: {
    'raw-http2': ['raw-http2'],
    'firebase-admin': ['firebase-admin'],
    sendword: ['sendword', '500', 'fcm'],
  },
  floor: 'raw-http2',
  results: 'results.json',
})
