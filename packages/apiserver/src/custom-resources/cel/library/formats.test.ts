import { expect, test } from 'vitest'
import { runningEnvironment } from '../environment.ts'

test.each([
  ['!format.dns1123Label().validate(self).hasValue()', 'a-b', true],
  ['format.dns1123Label().validate(self).value()[0] == "must not contain dots"', 'a.b', true],
  ['format.dns1123LabelPrefix().validate(self).hasValue()', 'a-', false],
  ['format.dns1123Label().validate(self).hasValue()', 'a-', true],
  ['format.named("uuid").value().validate(self).value()', 'x', ['does not match the UUID format']],
  ['format.uri().validate(self) == null', '/', false],
  ['format.named("shoe").hasValue()', '', false],
  ['format.datetime().validate(self).hasValue()', '2026-01-01T00:00:00Z', false],
])('%s of %j', (rule, self, expected) => {
  expect(runningEnvironment(false).parse(rule)({ self })).toEqual(expected)
})
