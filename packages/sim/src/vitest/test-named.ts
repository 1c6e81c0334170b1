// vitest's `test` under other names: each test's is made from the one it is given, before any reporter or filter sees it. All ways to
// declare a test (`only`, `each`, `for`, `extend` …) come down to the one function here. Source: vitest runtime/runner `createTest`.

import { TestRunner, type TestAPI } from 'vitest'

/** A test's name, or the function or class it is named after. */
type TestName = string | ((...args: never) => unknown)

export function testNamed(rename: (name: string) => string): TestAPI {
  return TestRunner.createTaskCollector(function (this: object, name: TestName, ...rest: readonly unknown[]) {
    const own = typeof name === 'string' ? name : name.name
    const declare = TestRunner.getCurrentSuite().test.fn as (...args: readonly unknown[]) => unknown
    Reflect.apply(declare, this, [rename(own), ...rest])
  })
}
