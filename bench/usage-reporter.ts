// Loaded into a process that is measured, by --import: writes down what its heap holds, several times a second, so that it is
// known even of a process that is killed.
import { appendFileSync } from 'node:fs'

const EVERY_MS = 200
const file = process.env.BENCH_USAGE_FILE

if (file !== undefined) {
  // Inherited, it would be written by what this process starts, too.
  delete process.env.BENCH_USAGE_FILE
  setInterval(() => {
    const { rss, heapUsed } = process.memoryUsage()
    appendFileSync(file, `${Date.now()} ${rss} ${heapUsed}\n`)
  }, EVERY_MS).unref()
}
