import { compareText } from '@podwire/engine'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  difference,
  fieldSetOf,
  fromFieldsV1,
  has,
  intersection,
  paths,
  toFieldsV1,
  union,
  within,
  without,
  type FieldSet,
} from './field-set.ts'
import { compareElements, keyElement, printPath } from './path-element.ts'

const element = fc.constantFrom('f:a', 'f:b', 'f:c', 'k:{"name":"x"}', 'v:1', 'i:0')
const path = fc.array(element, { minLength: 1, maxLength: 4 })
const fieldSet = fc.array(path, { maxLength: 12 }).map((all) => fieldSetOf(...all))

/** The members as text, for comparing sets as sets. */
function members(set: FieldSet): readonly string[] {
  return [...paths(set)].map((each) => each.join(' ')).sort(compareText)
}

describe('sets of paths', () => {
  it('does what sets of texts do', () => {
    fc.assert(
      fc.property(fieldSet, fieldSet, (a, b) => {
        const [left, right] = [members(a), members(b)]
        expect(members(union(a, b))).toEqual(members(fieldSetOf(...paths(a), ...paths(b))))
        expect(members(intersection(a, b))).toEqual(left.filter((each) => right.includes(each)))
        expect(members(difference(a, b))).toEqual(left.filter((each) => !right.includes(each)))
        const below = (each: string): boolean => right.some((top) => each === top || each.startsWith(`${top} `))
        expect(members(without(a, b))).toEqual(left.filter((each) => !below(each)))
        expect(members(within(a, b))).toEqual(left.filter(below))
      }),
      { seed: 1 },
    )
  })

  it('survives FieldsV1', () => {
    fc.assert(
      fc.property(fieldSet, (set) => {
        const read = fromFieldsV1(JSON.parse(JSON.stringify(toFieldsV1(set))))
        expect(read === undefined ? undefined : members(read)).toEqual(members(set))
        for (const each of paths(set)) expect(has(set, each)).toBe(true)
      }),
      { seed: 2 },
    )
  })

  it('writes a path that ends and goes on with a dot, sorted', () => {
    const set = fieldSetOf(['f:spec', 'f:b'], ['f:spec'], ['f:spec', 'f:a'], ['f:metadata', 'f:labels', 'f:x'])
    expect(JSON.stringify(toFieldsV1(set))).toBe(
      '{"f:metadata":{"f:labels":{"f:x":{}}},"f:spec":{".":{},"f:a":{},"f:b":{}}}',
    )
  })

  it.each([
    ['no object', 'f:a'],
    ['an element without a kind', { a: {} }],
    ['keys that are no object', { 'k:1': {} }],
    ['an index that is no number', { 'i:one': {} }],
    ['a value that is no JSON', { 'v:{': {} }],
    ['something below that is no object', { 'f:a': [] }],
  ])('refuses %s', (_, value) => {
    expect(fromFieldsV1(value)).toBeUndefined()
  })

  it('passes over kinds of elements of a later release, and takes null for nothing', () => {
    const read = fromFieldsV1({ 'x:a': { 'f:b': {} }, 'f:a': null, 'f:b': { '.': {}, 'y:': {} } })
    expect(read).toEqual(fieldSetOf(['f:a'], ['f:b']))
    expect(fromFieldsV1(undefined)?.size).toBe(0)
  })
})

describe('path elements', () => {
  it('orders numbers as numbers', () => {
    const ports = [443, 80, 8080].map((port) =>
      keyElement([
        ['port', port],
        ['protocol', 'TCP'],
      ]),
    )
    expect([...ports, 'f:z', 'v:"a"', 'i:1'].sort(compareElements)).toEqual([
      'f:z',
      'k:{"port":80,"protocol":"TCP"}',
      'k:{"port":443,"protocol":"TCP"}',
      'k:{"port":8080,"protocol":"TCP"}',
      'v:"a"',
      'i:1',
    ])
  })

  it('prints as conflicts do', () => {
    expect(printPath(['f:spec', 'f:ports', 'k:{"port":53,"protocol":"TCP"}', 'f:targetPort'])).toBe(
      '.spec.ports[port=53,protocol="TCP"].targetPort',
    )
    expect(printPath(['f:metadata', 'f:finalizers', 'v:"a.b/c"'])).toBe('.metadata.finalizers[="a.b/c"]')
  })
})
