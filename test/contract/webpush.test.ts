import { describeTransport } from './transport.contract.ts'
import { createWebPushHarness } from './webpush-harness.ts'

describeTransport({ name: 'Web Push', http: 2, createHarness: createWebPushHarness })
