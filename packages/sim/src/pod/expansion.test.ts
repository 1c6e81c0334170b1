import { expect, test } from 'vitest'
import { expandReferences } from './expansion.ts'

const known = new Map([
  ['A', 'one'],
  ['B', 'two'],
  ['DOLLAR', '$(A)'],
])

test.each([
  { name: 'plain text stays', text: 'no references', result: 'no references' },
  { name: 'a known reference', text: 'x-$(A)-y', result: 'x-one-y' },
  { name: 'two references', text: '$(A)$(B)', result: 'onetwo' },
  { name: 'an unknown reference stays', text: '$(C) $(A)', result: '$(C) one' },
  { name: 'a doubled dollar escapes', text: '$$(A)', result: '$(A)' },
  {
    name: 'shell substitutions in conformance scripts',
    text: 'check="$$(dig +short x)"',
    result: 'check="$(dig +short x)"',
  },
  { name: 'values are not expanded again', text: '$(DOLLAR)', result: '$(A)' },
  { name: 'an unclosed reference stays', text: 'a $(B', result: 'a $(B' },
  { name: 'a dollar at the end stays', text: 'cost: 5$', result: 'cost: 5$' },
  { name: 'shell variables stay', text: 'echo $A ${B}', result: 'echo $A ${B}' },
])('$name', ({ text, result }) => {
  expect(expandReferences(text, (name) => known.get(name))).toBe(result)
})
