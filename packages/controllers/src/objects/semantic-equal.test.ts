import { expect, test } from 'vitest'
import { semanticEqual } from './semantic-equal.ts'

const PAIRS: readonly { readonly name: string; readonly a: unknown; readonly b: unknown; readonly equal: boolean }[] = [
  { name: 'the same in another order', a: { x: 1, y: [2] }, b: { y: [2], x: 1 }, equal: true },
  { name: 'nothing, in all its forms', a: { x: null, y: [] }, b: { z: {} }, equal: true },
  { name: 'an empty list and an empty map', a: { x: [] }, b: { x: {} }, equal: true },
  { name: 'an empty map and a field that says nothing', a: { x: {} }, b: { x: { y: null } }, equal: true },
  { name: 'an empty text is something', a: { x: '' }, b: {}, equal: false },
  { name: 'zero is something', a: { x: 0 }, b: {}, equal: false },
  { name: 'lists of other lengths', a: [1], b: [1, null], equal: false },
  { name: 'a list and a map', a: [1], b: { 0: 1 }, equal: false },
  { name: 'a label called like what objects inherit', a: {}, b: { constructor: 'x' }, equal: false },
]

test.each(PAIRS)('$name', ({ a, b, equal }) => {
  expect([semanticEqual(a, b), semanticEqual(b, a)]).toEqual([equal, equal])
})
