// EndpointSlices, rule by rule: paths and texts as kube-apiserver 1.36 has them.

import { describe, expect, it } from 'vitest'
import { create, refusal, testContext, update } from '../strategy-run.suite.ts'
import { endpointSlice } from './endpoint-slice.ts'

const refused = (object: object): string =>
  refusal(() => create(endpointSlice, object)).replace(/^EndpointSlice.discovery.k8s.io "x" is invalid: /, '')
const ipv4 = (endpoint: object): object => ({
  addressType: 'IPv4',
  endpoints: [{ addresses: ['192.0.2.1'], ...endpoint }],
})
const names = (count: number): object[] => Array.from({ length: count }, (_, index) => ({ name: `z${index}` }))

describe('an EndpointSlice is refused for', () => {
  it.each<[string, object, string]>([
    [
      'addresses other software reads differently',
      ipv4({ addresses: ['192.0.02.1', '::ffff:192.0.2.1'] }),
      '[endpoints[0].addresses[0]: Invalid value: "192.0.02.1": must not have leading 0s, endpoints[0].addresses[1]: Invalid value: "::ffff:192.0.2.1": must not be an IPv4-mapped IPv6 address]',
    ],
    [
      'an address of the other family nobody could reach',
      ipv4({ addresses: ['::1'] }),
      '[endpoints[0].addresses: Invalid value: "::1": must be an IPv4 address, endpoints[0].addresses[0]: Invalid value: "::1": may not be in the loopback range (127.0.0.0/8, ::1/128)]',
    ],
    [
      'an IPv6 address that is not written as it should be',
      { addressType: 'IPv6', endpoints: [{ addresses: ['2001:DB8::1'] }] },
      'endpoints[0].addresses[0]: Invalid value: "2001:DB8::1": must be in canonical form ("2001:db8::1")',
    ],
    [
      'its ports first',
      { ...ipv4({ addresses: [] }), ports: [{ protocol: '' }] },
      '[ports[0].protocol: Unsupported value: "": supported values: "SCTP", "TCP", "UDP", endpoints[0].addresses: Required value: must contain at least 1 address]',
    ],
    [
      'more than a hundred addresses',
      ipv4({ addresses: Array.from({ length: 101 }, () => '192.0.2.1') }),
      'endpoints[0].addresses: Too many: 101: must have at most 100 items',
    ],
    [
      'domains of one label, or none',
      { addressType: 'FQDN', endpoints: [{ addresses: ['db', '', 'db.example.com.'] }] },
      '[endpoints[0].addresses[0]: Invalid value: "db": should be a domain with at least two segments separated by dots, endpoints[0].addresses[1]: Required value]',
    ],
    [
      'zones',
      ipv4({ hints: { forZones: [{ name: 'a' }, { name: 'a' }, { name: 'b c' }] } }),
      "[endpoints[0].hints.forZones[1].name: Duplicate value: \"a\", endpoints[0].hints.forZones[2].name: Invalid value: \"b c\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')]",
    ],
    [
      'too many zones',
      ipv4({ hints: { forZones: names(9) } }),
      'endpoints[0].hints.forZones: Too many: 9: must have at most 8 items',
    ],
    [
      'too many zones, and nothing more of its hints',
      ipv4({ hints: { forZones: names(9), forNodes: names(9) } }),
      'endpoints[0].hints.forZones: Too many: 9: must have at most 8 items',
    ],
    [
      'an empty protocol',
      { ...ipv4({}), ports: [{ port: 1, protocol: '' }] },
      'ports[0].protocol: Unsupported value: "": supported values: "SCTP", "TCP", "UDP"',
    ],
    [
      'nodes',
      ipv4({ hints: { forNodes: [{ name: 'n' }, { name: 'n' }] } }),
      'endpoints[0].hints.forNodes[1].name: Duplicate value: "n"',
    ],
  ])('%s', (_, object, expected) => {
    expect(refused(object)).toBe(expected)
  })
})

describe('a changed EndpointSlice', () => {
  const made = create(endpointSlice, ipv4({}))
  const old = { ...made, endpoints: [{ addresses: ['192.0.02.1'], conditions: {} }] }

  it('may keep addresses that are refused by now', () => {
    const next = { ...old, ports: [{ port: 1 }] }
    expect(refusal(() => update(endpointSlice, old, next, testContext()))).toBe('')
  })

  it('is of another family without a word about endpoints that stay, and checked for those that do not', () => {
    const next = { ...made, addressType: 'IPv6' }
    const fixed = 'addressType: Invalid value: "IPv6": field is immutable'
    const change = (object: object): string => refusal(() => update(endpointSlice, made, object, testContext()))
    expect(change(next)).toBe(`EndpointSlice.discovery.k8s.io "x" is invalid: ${fixed}`)
    const added = { addresses: ['192.0.02.1'], conditions: {} }
    expect(change({ ...made, endpoints: [...(made.endpoints ?? []), added] })).toContain('endpoints[1].addresses[0]')
  })

  it('is warned about them, but not when its own controller writes it', () => {
    const warned = (labels: object): readonly string[] => {
      const context = testContext()
      update(endpointSlice, old, { ...old, metadata: { ...old.metadata, labels } }, context)
      return context.warnings
    }
    expect(warned({})).toEqual([
      'endpoints[0].addresses[0]: non-standard IP address "192.0.02.1" is invalid: use "192.0.2.1"',
    ])
    const controllers = ['endpointslice-controller.k8s.io', 'endpointslicemirroring-controller.k8s.io']
    for (const name of controllers) expect(warned({ 'endpointslice.kubernetes.io/managed-by': name })).toEqual([])
  })

  it('is a new generation for its labels, not for its annotations', () => {
    const bumps = (metadata: object, fields: object = {}): unknown => {
      const next = update(
        endpointSlice,
        made,
        { ...made, ...fields, metadata: { ...made.metadata, ...metadata } },
        testContext(),
      )
      return endpointSlice.strategy.bumpsGeneration?.(next, made)
    }
    expect(bumps({ annotations: { a: 'b' } })).toBe(false)
    expect(bumps({ labels: { a: 'b' } })).toBe(true)
    const sent = { addresses: ['192.0.2.1'], conditions: {}, deprecatedTopology: { a: 'b' } }
    expect(bumps({}, { endpoints: [sent] }), 'topology that is dropped').toBe(true)
  })

  it('keeps the topology of the beta API until its endpoints change, and then the node in it', () => {
    const deprecatedTopology = { 'kubernetes.io/hostname': 'n1' }
    const before = { ...made, endpoints: [{ addresses: ['192.0.2.1'], conditions: {}, deprecatedTopology }] }
    const changed = (next: object): unknown => {
      const now = update(endpointSlice, before, { ...before, ...next }, testContext())
      return now.endpoints
    }
    expect(changed({ ports: [{ port: 1 }] })).toEqual(before.endpoints)
    const [endpoint] = before.endpoints
    const strange = { ...endpoint, deprecatedTopology: { 'kubernetes.io/hostname': 'n2' } }
    expect(changed({ endpoints: [endpoint, strange] })).toEqual([
      { addresses: ['192.0.2.1'], conditions: {}, nodeName: 'n1' },
      { addresses: ['192.0.2.1'], conditions: {} },
    ])
  })

  it('is told of domains once', () => {
    const context = testContext()
    const domains = { addressType: 'FQDN', endpoints: [{ addresses: ['db.example.com'] }] }
    const first = create(endpointSlice, domains, context)
    update(endpointSlice, first, { ...first, ports: [{ port: 1 }] }, context)
    expect(context.warnings).toEqual(['spec.addressType: FQDN endpoints are deprecated'])
  })
})
