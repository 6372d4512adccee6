import { describeTransport } from './transport.contract.ts'
import { createWebPushHarness } from './webpush-harness.ts'

// There are many push services, and none of them speaks for the others.
describeTransport({ name: 'Web Push', http: 2, throttles: 'device', createHarness: createWebPushHarness })
