// The service worker of the demo’s page.
import { handlePushes } from '../worker.ts'

handlePushes()
