import type { Endpoint, EndpointSlice } from '@podwire/apiserver'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { endpointIdentity, pack } from './packing.ts'

const MAX = 5

function endpoint(pod: number, ready: boolean): Endpoint {
  return {
    addresses: [`10.0.0.${pod}`],
    conditions: { ready, serving: ready, terminating: false },
    targetRef: { kind: 'Pod', namespace: 'default', name: `p-${String(pod).padStart(3, '0')}`, uid: `u-${pod}` },
  }
}

function slice(name: string, endpoints: readonly Endpoint[]): EndpointSlice {
  const metadata = {
    name,
    namespace: 'default',
    uid: name,
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
  }
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata,
    addressType: 'IPv4',
    endpoints,
    ports: [],
  }
}

const wantedOf = (endpoints: readonly Endpoint[]): ReadonlyMap<string, Endpoint> =>
  new Map(endpoints.map((entry) => [endpointIdentity(entry), entry]))
const range = (from: number, to: number): readonly number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)
const ready = (pods: readonly number[]): readonly Endpoint[] => pods.map((pod) => endpoint(pod, true))
const sizes = (lists: readonly (readonly Endpoint[])[]): readonly number[] => lists.map((list) => list.length)

const ROWS = [
  {
    name: 'nothing there: full slices and the rest',
    existing: [],
    wanted: ready(range(1, 12)),
    expected: { update: [], create: [5, 5, 2], empty: [], unchanged: [] },
  },
  {
    name: 'the fullest unchanged slice that has room takes the rest',
    existing: [slice('a', ready(range(1, 2))), slice('b', ready(range(3, 5))), slice('c', ready(range(6, 10)))],
    wanted: ready(range(1, 12)),
    expected: { update: ['b:5'], create: [], empty: [], unchanged: ['a', 'c'] },
  },
  {
    name: 'slices that change anyway are filled first',
    existing: [slice('a', ready(range(1, 5))), slice('b', ready(range(6, 9)))],
    wanted: ready([...range(2, 5), ...range(6, 9), 10]),
    expected: { update: ['a:5'], create: [], empty: [], unchanged: ['b'] },
  },
  {
    name: 'a slice without wanted endpoints is empty, another is not rebalanced',
    existing: [slice('a', ready(range(1, 5))), slice('b', ready([6]))],
    wanted: ready(range(1, 4)),
    expected: { update: ['a:4'], create: [], empty: ['b'], unchanged: [] },
  },
] as const

test.each(ROWS)('$name', ({ existing, wanted, expected }) => {
  const packing = pack(existing, wantedOf(wanted), () => false, MAX)
  expect({
    update: packing.update.map((entry) => `${entry.slice.metadata.name}:${entry.endpoints.length}`),
    create: sizes(packing.create),
    empty: packing.empty.map(({ metadata }) => metadata.name),
    unchanged: packing.unchanged.map(({ metadata }) => metadata.name),
  }).toEqual(expected)
})

test('every wanted endpoint ends in exactly one slice, no slice is too large, unchanged slices are right already', () => {
  const pods = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.boolean()), { selector: ([pod]) => pod })
  const before = fc.tuple(pods, fc.array(fc.integer({ min: 1, max: MAX }), { minLength: 20, maxLength: 20 }))
  fc.assert(
    fc.property(before, pods, ([present, chunks], next) => {
      const left = present.map(([pod, isReady]) => endpoint(pod, isReady))
      const existing = chunks.flatMap((size, index) => {
        const part = left.splice(0, size)
        return part.length === 0 ? [] : [slice(`s-${index}`, part)]
      })
      const wanted = wantedOf(next.map(([pod, isReady]) => endpoint(pod, isReady)))
      const packing = pack(existing, wanted, () => false, MAX)
      const after = [
        ...packing.update.map((entry) => entry.endpoints),
        ...packing.unchanged.map((entry) => entry.endpoints ?? []),
        ...packing.create,
      ]
      expect(Math.max(0, ...sizes(after))).toBeLessThanOrEqual(MAX)
      const packed = after.flat()
      expect(new Map(packed.map((entry) => [endpointIdentity(entry), entry]))).toEqual(wanted)
      expect(packed).toHaveLength(wanted.size)
    }),
    { seed: 42 },
  )
})
