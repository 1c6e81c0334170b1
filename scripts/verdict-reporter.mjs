// A Vitest reporter that writes how the whole run came out, so that `npm test` knows it without waiting for the runner to end:
// Node 20 can hang while it shuts down (nodejs/node#54918), which says nothing about the tests.
//   { "passed": 7, "failed": 0, "skipped": 1, "errors": 0 }    errors: outside any test, or files that could not be loaded
// The file's path is in PODWIRE_TEST_VERDICT.

import { renameSync, writeFileSync } from 'node:fs'

export default class VerdictReporter {
  onTestRunEnd(testModules, unhandledErrors, reason) {
    const verdict = { passed: 0, failed: 0, skipped: 0, errors: unhandledErrors.length }
    for (const testModule of testModules) {
      for (const test of testModule.children.allTests()) {
        const { state } = test.result()
        if (state !== 'pending') verdict[state]++
        else verdict.errors++
      }
      verdict.errors += testModule.errors().length
      for (const suite of testModule.children.allSuites()) verdict.errors += suite.errors().length
    }
    if (reason !== 'passed' && verdict.failed + verdict.errors === 0) verdict.errors++
    const path = process.env.PODWIRE_TEST_VERDICT
    writeFileSync(`${path}.new`, JSON.stringify(verdict))
    renameSync(`${path}.new`, path)
  }
}
