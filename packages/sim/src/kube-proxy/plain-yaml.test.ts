// What is written is what the yaml library writes, and reads back as it was.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { type Field, plainYaml } from './plain-yaml.ts'

test.each<{ name: string; fields: Readonly<Record<string, Field>>; text: string }>([
  {
    name: 'scalars',
    fields: { a: 'iptables', b: null, c: 14, d: false },
    text: 'a: iptables\nb: null\nc: 14\nd: false\n',
  },
  {
    name: 'texts that would be something else',
    fields: { a: '', b: 'true', c: '17', d: '1e3', e: '::' },
    text: 'a: ""\nb: "true"\nc: "17"\nd: "1e3"\ne: "::"\n',
  },
  {
    name: 'ranges',
    fields: { a: '10.244.0.0/16,fd00:10:244::/56', b: '40000-40099' },
    text: 'a: 10.244.0.0/16,fd00:10:244::/56\nb: 40000-40099\n',
  },
  {
    name: 'nesting',
    fields: { a: { b: { c: '1m30s' }, d: ['10.0.0.0/8', 'primary'] }, e: [], f: {} },
    text: 'a:\n  b:\n    c: 1m30s\n  d:\n    - 10.0.0.0/8\n    - primary\ne: []\nf: {}\n',
  },
])('$name', ({ fields, text }) => {
  expect(plainYaml(fields)).toBe(text)
  expect(stringify(fields, { lineWidth: 0 })).toBe(text)
})

test('any text reads back as it was', () => {
  const word = fc.oneof(
    fc.string(),
    fc.stringMatching(/^[-+.:,/~\w]{0,8}$/),
    fc.constantFrom('null', '~', '.inf', '0x1F', '0o7', 'No', '-', '?'),
  )
  const scalar = fc.oneof(word, fc.integer(), fc.boolean(), fc.constant(null))
  const fields = fc.dictionary(
    fc.stringMatching(/^[a-z]{1,8}$/),
    fc.oneof(scalar, fc.array(word, { maxLength: 3 }), fc.record({ inner: scalar })),
  )
  fc.assert(
    fc.property(fields, (given) => {
      expect(parse(plainYaml(given)) ?? {}).toEqual({ ...given })
    }),
    { seed: 20_261_130 },
  )
})
