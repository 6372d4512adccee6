// `npm run bench:webpush`: Web Push. Sendword's whole path, every result recorded, against the npm package web-push,
// which stores nothing. Writes bench/webpush-results.json.
import { hold } from './contest.ts'

await hold({
  contestants: {
    'web-push': ['web-push'],
    sendword: ['sendword', '500', 'webpush'],
  },
  floor: 'web-push',
  results: 'webpush-results.json',
})
