// Kinds with few rules: one table of refusals and one of rows. Facts: recorded from 1.36.2.

import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../objects/kube-object.ts'
import { configMap } from './core/config-map.ts'
import { endpoints } from './core/endpoints.ts'
import { namespace } from './core/namespace.ts'
import { node } from './core/node.ts'
import { secret } from './core/secret.ts'
import { endpointSlice } from './discovery/endpoint-slice.ts'
import { event } from './events/event.ts'
import { ingressClass } from './networking/ingress-class.ts'
import { ingress } from './networking/ingress.ts'
import { clusterRole } from './rbac/roles.ts'
import type { Resource } from './resource.ts'
import { create, refusal, testContext, update } from './strategy-run.suite.ts'

const backend = { service: { name: 'web', port: { number: 80 } } }
const path = (fields: object): object => ({
  spec: { rules: [{ host: 'a.b', http: { paths: [{ path: '/', pathType: 'Prefix', backend, ...fields }] } }] },
})
const at = 'spec.rules[0].http.paths[0]'

function refused<T extends KubeObject>(resource: Resource<T>, object: object): string {
  return refusal(() => create(resource, object)).replace(/^[^:]*? "x" is invalid: /, '')
}

describe('what is refused', () => {
  it.each<[string, string, string]>([
    [
      'Ingress with nothing',
      refused(ingress, { spec: {} }),
      'spec: Invalid value: null: either `defaultBackend` or `rules` must be specified',
    ],
    [
      'ClusterRole that aggregates by a broken selector',
      refused(clusterRole, {
        aggregationRule: { clusterRoleSelectors: [{ matchExpressions: [{ key: 'a', operator: 'X' }] }] },
      }),
      '[aggregationRule.clusterRoleSelectors[0].matchExpressions[0].operator: Invalid value: "X": not a valid selector operator, aggregationRule.clusterRoleSelectors[0]: Invalid value: null: invalid label selector.]',
    ],
    [
      'Ingress host address',
      refused(ingress, { spec: { rules: [{ host: '1.2.3.4' }] } }),
      'spec.rules[0].host: Invalid value: "1.2.3.4": must be a DNS name, not an IP address',
    ],
    [
      'Ingress without pathType',
      refused(ingress, path({ pathType: undefined })),
      `${at}.pathType: Required value: pathType must be specified`,
    ],
    [
      'Ingress pathType',
      refused(ingress, path({ pathType: 'Regex' })),
      `${at}.pathType: Unsupported value: "Regex": supported values: "Exact", "ImplementationSpecific", "Prefix"`,
    ],
    [
      'Ingress relative path',
      refused(ingress, path({ path: 'a' })),
      `${at}.path: Invalid value: "a": must be an absolute path`,
    ],
    [
      'Ingress double slash',
      refused(ingress, path({ path: '/a//b' })),
      `${at}.path: Invalid value: "/a//b": must not contain '//'`,
    ],
    [
      'Ingress backend',
      refused(ingress, path({ backend: {} })),
      `${at}.backend: Invalid value: "": resource or service backend is required`,
    ],
    [
      'Ingress backend port',
      refused(ingress, path({ backend: { service: { name: 'web' } } })),
      `${at}.backend: Required value: port name or number is required`,
    ],
    ['IngressClass', refused(ingressClass, { spec: {} }), 'spec.controller: Required value'],
    [
      'IngressClass controller',
      refused(ingressClass, { spec: { controller: 'ctl' } }),
      'spec.controller: Invalid value: "ctl": must be a domain-prefixed path (such as "acme.io/foo")',
    ],
    [
      'Endpoints without addresses',
      refused(endpoints, { subsets: [{ ports: [{ port: 1 }] }] }),
      'subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`',
    ],
    [
      'Endpoints unnamed ports',
      refused(endpoints, { subsets: [{ addresses: [{ ip: '192.0.2.5' }], ports: [{ port: 1 }, { port: 2 }] }] }),
      '[subsets[0].ports[0].name: Required value, subsets[0].ports[1].name: Required value]',
    ],
    [
      'EndpointSlice type',
      refused(endpointSlice, { addressType: 'IP' }),
      'addressType: Unsupported value: "IP": supported values: "FQDN", "IPv4", "IPv6"',
    ],
    [
      'EndpointSlice family',
      refused(endpointSlice, { addressType: 'IPv4', endpoints: [{ addresses: ['2001:db8::1'] }] }),
      'endpoints[0].addresses: Invalid value: "2001:db8::1": must be an IPv4 address',
    ],
    [
      'EndpointSlice unnamed ports',
      refused(endpointSlice, { addressType: 'IPv4', ports: [{ port: 1 }, { port: 2 }] }),
      'ports[1].name: Duplicate value: ""',
    ],
    [
      'ConfigMap in both',
      refused(configMap, { data: { a: '' }, binaryData: { a: '' } }),
      'data[a]: Invalid value: "a": duplicate of key present in binaryData',
    ],
    [
      'ConfigMap too big',
      refused(configMap, { data: { a: 'x'.repeat(1_048_577) } }),
      '[]: Too long: may not be more than 1048576 bytes',
    ],
    [
      'TLS Secret',
      refused(secret, { type: 'kubernetes.io/tls' }),
      '[data[tls.crt]: Required value, data[tls.key]: Required value]',
    ],
    [
      'Node taint',
      refused(node, { spec: { taints: [{ key: 'a', effect: 'X' }] } }),
      'metadata.taints[0].effect: Unsupported value: "X": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
    ],
  ])('%s', (_, message, expected) => {
    expect(message).toBe(expected)
  })

  it('a change of something immutable', () => {
    const context = testContext()
    const old = create(configMap, { immutable: true, data: { a: '1' } }, context)
    expect(refusal(() => update(configMap, old, { immutable: true, data: { a: '2' } }, context))).toBe(
      'ConfigMap "x" is invalid: data: Forbidden: field is immutable when `immutable` is set',
    )
  })
})

describe('defaults', () => {
  it('of a Namespace', () => {
    const made = create(namespace, { metadata: { name: 'team' } })
    expect(made.metadata.labels).toEqual({ 'kubernetes.io/metadata.name': 'team' })
    expect(made.spec).toEqual({ finalizers: ['kubernetes'] })
    expect(made.status).toEqual({ phase: 'Active' })
  })

  it('of a Secret: text becomes data and wins', () => {
    expect(create(secret, { data: { a: 'eA==' }, stringData: { a: 'é', b: '' } })).toMatchObject({
      type: 'Opaque',
      data: { a: 'w6k=', b: '' },
    })
  })
})

describe('rows', () => {
  const row = <T extends KubeObject>(resource: Resource<T>, object: object): readonly unknown[] => {
    const made = { ...create(resource, object), ...('status' in object ? { status: object.status } : {}) }
    return resource.columns.map((column) => column.cell(made, testContext()))
  }
  const addresses = (...ips: string[]): object[] => ips.map((ip) => ({ ip }))

  it.each<[string, readonly unknown[], readonly unknown[]]>([
    [
      'Endpoints',
      row(endpoints, {
        subsets: [
          {
            addresses: addresses('192.0.2.1', '192.0.2.2'),
            ports: [
              { name: 'a', port: 80 },
              { name: 'b', port: 81 },
            ],
          },
        ],
      }),
      ['x', '192.0.2.1:80,192.0.2.2:80,192.0.2.1:81 + 1 more...', '0s'],
    ],
    ['Endpoints without any', row(endpoints, {}), ['x', '<none>', '0s']],
    [
      'Endpoints not ready',
      row(endpoints, { subsets: [{ notReadyAddresses: addresses('192.0.2.1') }] }),
      ['x', '', '0s'],
    ],
    [
      'EndpointSlice',
      row(endpointSlice, {
        addressType: 'IPv4',
        endpoints: ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4'].map((address) => ({ addresses: [address] })),
        ports: [{ name: 'a', port: 80 }, { name: 'b' }, { name: 'c', port: 3 }, { name: 'd', port: 4 }],
      }),
      ['x', 'IPv4', '80,b,3 + 1 more...', '192.0.2.1,192.0.2.2,192.0.2.3 + 1 more...', '0s'],
    ],
    [
      'EndpointSlice without any',
      row(endpointSlice, { addressType: 'IPv6' }),
      ['x', 'IPv6', '<unset>', '<unset>', '0s'],
    ],
    ['Ingress', row(ingress, { spec: { defaultBackend: backend } }), ['x', '<none>', '*', '', '80', '0s']],
    [
      'Ingress with TLS',
      row(ingress, {
        spec: {
          ingressClassName: 'nginx',
          tls: [{}],
          rules: ['a.b', 'c.d', 'e.f', 'g.h', 'i.j'].map((host) => ({ host })),
        },
        status: { loadBalancer: { ingress: [{ hostname: 'lb.x' }, { ip: '192.0.2.8' }, { ip: '192.0.2.7' }] } },
      }),
      ['x', 'nginx', 'a.b,c.d,e.f + 2 more...', '192.0.2.7,192.0.2.8,lb.x', '80, 443', '0s'],
    ],
    [
      'IngressClass',
      row(ingressClass, { spec: { controller: 'a.b/c', parameters: { apiGroup: 'x.y', kind: 'Params', name: 'p' } } }),
      ['x', 'a.b/c', 'Params.x.y/p', '0s'],
    ],
    [
      'Node',
      row(node, {
        metadata: { labels: { 'node-role.kubernetes.io/control-plane': '', 'kubernetes.io/role': 'x' } },
        spec: { unschedulable: true },
      }),
      [
        'x',
        'Unknown,SchedulingDisabled',
        'control-plane,x',
        '0s',
        '',
        '<none>',
        '<none>',
        '<unknown>',
        '<unknown>',
        '<unknown>',
      ],
    ],
    [
      'Event',
      row(event, {
        involvedObject: { kind: 'Pod', name: 'p', namespace: 'default', fieldPath: 'spec.containers{main}' },
        reason: 'Started',
        message: ' text ',
        type: 'Normal',
        firstTimestamp: '2025-12-31T23:50:00Z',
        lastTimestamp: '2025-12-31T23:58:30Z',
        source: { component: 'kubelet', host: 'n1' },
      }),
      ['90s', 'Normal', 'Started', 'pod/p', 'spec.containers{main}', 'kubelet, n1', 'text', '10m', 1, 'x'],
    ],
  ])('%s', (_, cells, expected) => {
    expect(cells).toEqual(expected)
  })
})
