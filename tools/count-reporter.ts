// Ends the output of a test run with one plain line: N passed, N failed, N skipped.
import type { Reporter, TestModule } from 'vitest/node'

// biome-ignore lint/style/noDefaultExport: vitest takes the default export of a reporter.
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const counts = { passed: 0, failed: errors.length, skipped: 0 }
    for (const module of modules) {
      // A file that fails before its tests are known counts as one failure.
      if (module.errors().length > 0) counts.failed++
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === 'passed' || state === 'failed' || state === 'skipped') counts[state]++
      }
    }
    console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
  }
}
