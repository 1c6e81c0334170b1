// Which endpoints a port has: slices merged, matched, put in order.

import { expect, test } from 'vitest'
import { sampleSlice, type SampleEndpoint } from '../sample-objects.suite.ts'
import { endpointsOf, seenFrom } from './endpoint.ts'

const http = [{ name: 'http', port: 80 }]
const slice = (name: string, endpoints: readonly SampleEndpoint[], ports = http) =>
  sampleSlice(name, 'web', ports, endpoints)

test.each([
  {
    name: 'the order is that of the texts, not of the addresses',
    slices: [slice('a', [{ address: '10.2.2.2' }, { address: '10.2.2.22' }], [{ name: 'http', port: 22 }])],
    texts: ['10.2.2.22:22', '10.2.2.2:22'],
  },
  { name: 'leading zeros are forgiven', slices: [slice('a', [{ address: '010.001.0.01' }])], texts: ['10.1.0.1:80'] },
  {
    name: 'another port name is not this port',
    slices: [slice('a', [{ address: '10.0.0.1' }], [{ name: 'x', port: 80 }])],
    texts: [],
  },
  { name: 'what is no address is skipped', slices: [slice('a', [{ address: 'web.example' }])], texts: [] },
  { name: 'the other family is skipped', slices: [slice('a', [{ address: 'fd00::1' }])], texts: [] },
  {
    name: 'an endpoint of two slices counts once',
    slices: [slice('a', [{ address: '10.0.0.1' }]), slice('b', [{ address: '10.0.0.1' }, { address: '10.0.0.2' }])],
    texts: ['10.0.0.1:80', '10.0.0.2:80'],
  },
])('$name', ({ slices, texts }) => {
  expect(endpointsOf(slices, 'ipv4', 'http', 'tcp', 'running').map((endpoint) => endpoint.text)).toEqual(texts)
})

test('running beats terminating, whichever came first', () => {
  const running: SampleEndpoint = { address: '10.0.0.1', ready: true }
  const ending: SampleEndpoint = { address: '10.0.0.1', ready: false, serving: true, terminating: true }
  for (const pair of [
    [running, ending],
    [ending, running],
  ]) {
    const slices = pair.map((endpoint, i) => slice(`s${i}`, [endpoint]))
    expect(endpointsOf(slices, 'ipv4', 'http', 'tcp', 'running')).toMatchObject([{ ready: true, terminating: false }])
  }
})

test('up to 1.35 a node takes its own, of those the last, and others take the first', () => {
  const one: SampleEndpoint = { address: '10.0.0.1', node: 'node-1', ready: false, terminating: true }
  const two: SampleEndpoint = { address: '10.0.0.1', node: 'node-2', ready: true }
  const again: SampleEndpoint = { address: '10.0.0.1', node: 'node-2', ready: false, serving: false }
  const all = endpointsOf([slice('a', [one, two, again])], 'ipv4', 'http', 'tcp', 'own')
  const seen = (node: string) => seenFrom(all, node).map(({ nodeName, ready }) => `${nodeName} ${ready}`)
  expect([seen('node-1'), seen('node-2'), seen('node-3')]).toEqual([
    ['node-1 false'],
    ['node-2 false'],
    ['node-1 false'],
  ])
})

test('missing conditions mean ready and serving', () => {
  expect(endpointsOf([slice('a', [{ address: '10.0.0.1' }])], 'ipv4', 'http', 'tcp', 'running')).toMatchObject([
    { ready: true, serving: true, terminating: false },
  ])
})
