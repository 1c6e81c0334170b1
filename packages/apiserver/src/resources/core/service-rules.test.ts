// Rules of Services beyond the common ones: annotations, old addresses, load balancers, dry runs, warnings.
// Paths and texts as kube-apiserver 1.36 has them.

import { describe, expect, it } from 'vitest'
import type { Service } from '../../objects/index.ts'
import { create, refusal, testContext, update, updateStatus } from '../strategy-run.suite.ts'
import { validateFamilyChange } from './service-families.ts'
import { service } from './service.ts'

const ports = [{ port: 80 }]
const ranges = 'service.beta.kubernetes.io/load-balancer-source-ranges'
const refused = (object: object): string =>
  refusal(() => create(service, object)).replace(/^Service "x" is invalid: /, '')

describe('a Service is refused for', () => {
  it.each<[string, object, string]>([
    [
      'annotations that disagree',
      {
        metadata: {
          annotations: {
            'service.kubernetes.io/topology-mode': 'Auto',
            'service.kubernetes.io/topology-aware-hints': 'Disabled',
          },
        },
        spec: { ports },
      },
      'metadata.annotations[service.kubernetes.io/topology-mode]: Invalid value: "Auto": must match annotations[service.kubernetes.io/topology-aware-hints] when both are specified',
    ],
    [
      'ranges in the annotation without a load balancer',
      { metadata: { annotations: { [ranges]: '10.0.0.0/8' } }, spec: { ports } },
      `metadata.annotations[${ranges}]: Forbidden: may only be used when \`type\` is 'LoadBalancer'`,
    ],
    [
      'ranges in the annotation',
      {
        metadata: { annotations: { [ranges]: ' 10.0.0.0/8 , x' } },
        spec: { ports, type: 'LoadBalancer' },
      },
      `metadata.annotations[${ranges}]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)`,
    ],
    [
      'ranges in the field, both ways',
      { spec: { ports, loadBalancerSourceRanges: ['10.0.0.1/8'] } },
      '[spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is \'LoadBalancer\', spec.LoadBalancerSourceRanges[0]: Invalid value: "10.0.0.1/8": must not have bits set beyond the prefix length]',
    ],
    [
      'external addresses other software reads differently',
      { spec: { ports, externalIPs: ['010.0.0.1', '::ffff:10.0.0.1', '127.0.0.1'] } },
      '[spec.externalIPs[0]: Invalid value: "010.0.0.1": must not have leading 0s, spec.externalIPs[1]: Invalid value: "::ffff:10.0.0.1": must not be an IPv4-mapped IPv6 address, spec.externalIPs[2]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)]',
    ],
    [
      'a mapped cluster address',
      { spec: { ports, clusterIP: '::ffff:10.96.0.9' } },
      'spec.clusterIPs[0]: Invalid value: "::ffff:10.96.0.9": must not be an IPv4-mapped IPv6 address',
    ],
    [
      'three addresses',
      { spec: { ports, clusterIP: '10.96.0.9', clusterIPs: ['10.96.0.9', '10.96.0.10', 'fd00::1'] } },
      'spec.clusterIPs: Invalid value: ["10.96.0.9","10.96.0.10","fd00::1"]: may only hold up to 2 values',
    ],
    [
      'three addresses of one family',
      { spec: { ports, clusterIP: '10.96.0.9', clusterIPs: ['10.96.0.9', '10.96.0.10', '10.96.0.11'] } },
      '[spec.clusterIPs: Invalid value: ["10.96.0.9","10.96.0.10","10.96.0.11"]: may only hold up to 2 values, spec.clusterIPs: Invalid value: ["10.96.0.9","10.96.0.10","10.96.0.11"]: may specify no more than one IP for each IP family]',
    ],
    [
      'a name that is a dot',
      { spec: { type: 'ExternalName', externalName: '.' } },
      'spec.externalName: Required value',
    ],
    [
      'node ports, those it may not have before those it has twice',
      {
        spec: {
          ports: [
            { name: 'a', port: 80, nodePort: 30080 },
            { name: 'b', port: 81, nodePort: 30080 },
            { name: 'c', port: 82, nodePort: 30082 },
          ],
        },
      },
      `[${[0, 1, 2].map((index) => `spec.ports[${index}].nodePort: Forbidden: may not be used when \`type\` is 'ClusterIP'`).join(', ')}, spec.ports[1].nodePort: Duplicate value: 30080]`,
    ],
  ])('%s', (_, object, expected) => {
    expect(refused(object)).toBe(expected)
  })
})

describe('a changed Service', () => {
  it('says all that is wrong, what may not change first', () => {
    const context = testContext()
    const old = create(service, { spec: { ports, type: 'LoadBalancer', loadBalancerClass: 'a.b/c' } }, context)
    const spec = { ...old.spec, loadBalancerClass: 'a.b/d', sessionAffinity: 'X' }
    expect(refusal(() => update(service, old, { ...old, spec }, context))).toBe(
      'Service "x" is invalid: [spec.loadBalancerClass: Invalid value: "a.b/d": may not change once set, spec.sessionAffinity: Unsupported value: "X": supported values: "ClientIP", "None"]',
    )
  })

  it.each<[string, object, string]>([
    [
      'of a load balancer, and bad',
      { type: 'LoadBalancer', loadBalancerClass: 'a b' },
      'spec.loadBalancerClass: Invalid value: "a b": name part must consist of',
    ],
    [
      'of no load balancer',
      { loadBalancerClass: 'a.b/c' },
      "spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'",
    ],
  ])('lists a class twice: %s', (_, spec, error) => {
    const old = create(service, { spec: { ports } })
    const errors = [
      ...(service.strategy.validateUpdate?.({ ...old, spec: { ...old.spec, ...spec } }, old, testContext()) ?? []),
      ...(service.strategy.validate?.({ ...old, spec: { ...old.spec, ...spec } }, testContext(), old) ?? []),
    ].map(({ field, body }) => `${field}: ${body}`)
    expect(errors.filter((text) => text.startsWith(error))).toHaveLength(2)
  })

  it('may keep external addresses that are refused by now', () => {
    const made = create(service, { spec: { ports } })
    const old = { ...made, spec: { ...made.spec, externalIPs: ['010.0.0.1'] } }
    const next = { ...old, spec: { ...old.spec, externalTrafficPolicy: 'Cluster', publishNotReadyAddresses: true } }
    expect(refusal(() => update(service, old, next, testContext()))).toBe('')
  })

  const dual: Service['spec'] = {
    type: 'ClusterIP',
    clusterIPs: ['10.0.0.1', 'fd00::1'],
    ipFamilies: ['IPv4', 'IPv6'],
    ipFamilyPolicy: 'PreferDualStack',
  }

  it.each<[string, Service['spec'], readonly string[]]>([
    ['nothing', dual, []],
    [
      'a released family without saying so',
      { ...dual, clusterIPs: ['10.0.0.1'], ipFamilies: ['IPv4'] },
      [
        'spec.ipFamilyPolicy: Invalid value: "PreferDualStack": must be set to \'SingleStack\' when releasing the secondary clusterIP',
        'spec.ipFamilyPolicy: Invalid value: "PreferDualStack": must be set to \'SingleStack\' when releasing the secondary ipFamily',
      ],
    ],
    [
      'a released family',
      { ...dual, clusterIPs: ['10.0.0.1'], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' },
      [],
    ],
    [
      'another second address',
      { ...dual, clusterIPs: ['10.0.0.1', 'fd00::2'] },
      ['spec.clusterIPs[1]: Invalid value: ["10.0.0.1","fd00::2"]: may not change once set'],
    ],
    [
      'families the other way round',
      { ...dual, ipFamilies: ['IPv6', 'IPv4'] },
      [
        'spec.ipFamilies[0]: Invalid value: ["IPv6","IPv4"]: may not change once set',
        'spec.ipFamilies[0]: Invalid value: ["IPv6","IPv4"]: may not change once set',
      ],
    ],
    ['another type', { type: 'ExternalName', externalName: 'a.b' }, []],
  ])('of two families: %s', (_, spec, expected) => {
    const made = create(service, { spec: { ports } })
    const errors = validateFamilyChange({ ...made, spec }, { ...made, spec: dual })
    expect(errors.map(({ field, body }) => `${field}: ${body}`)).toEqual(expected)
  })
})

describe('dry runs', () => {
  const dry = (spec: object): Service => create(service, { spec }, testContext(new Map(), true))

  it('show the network for an address and ports beyond the range', () => {
    const { spec } = dry({
      type: 'NodePort',
      ports: [
        { port: 80, name: 'a' },
        { port: 81, name: 'b' },
      ],
    })
    expect(spec.clusterIPs).toEqual(['10.96.0.0'])
    expect(spec.ports?.map(({ nodePort }) => nodePort)).toEqual([32_769, 32_770])
  })

  it('count on from a port that is named', () => {
    const named = {
      type: 'NodePort',
      ports: [
        { port: 80, name: 'a', nodePort: 30_100 },
        { port: 81, name: 'b' },
      ],
    }
    expect(dry(named).spec.ports?.map(({ nodePort }) => nodePort)).toEqual([30_100, 30_101])
  })

  it('take nothing, and ask of addresses only that they are in range', () => {
    const context = testContext(new Map(), true)
    create(service, { spec: { ports, clusterIP: '10.96.0.9' } }, context)
    expect(context.allocators.clusterIps.has('10.96.0.9')).toBe(false)
    context.allocators.clusterIps.take('10.96.0.9')
    expect(refusal(() => create(service, { spec: { ports, clusterIP: '10.96.0.9' } }, context))).toBe('')
    expect(refusal(() => create(service, { spec: { ports, clusterIP: '10.1.0.9' } }, context))).toContain(
      'the provided network does not match the current range',
    )
  })
})

describe('warnings', () => {
  it.each<[string, object, readonly string[]]>([
    ['none', { spec: { ports } }, []],
    [
      'headless',
      {
        spec: {
          ports,
          clusterIP: 'None',
          sessionAffinity: 'ClientIP',
          loadBalancerIP: '10.0.0.1',
          externalIPs: ['10.0.0.1'],
        },
      },
      [
        'spec.loadBalancerIP is ignored for headless services',
        'spec.externalIPs is ignored for headless services',
        'spec.SessionAffinity is ignored for headless services',
      ],
    ],
    [
      'an external name with addresses',
      { spec: { type: 'ExternalName', externalName: 'a.b', externalIPs: ['10.0.0.1'] } },
      ['spec.externalIPs is ignored when spec.type is "ExternalName"'],
    ],
    [
      'the older annotation',
      { metadata: { annotations: { 'service.kubernetes.io/topology-aware-hints': 'Auto' } }, spec: { ports } },
      [
        'annotation service.kubernetes.io/topology-aware-hints is deprecated, please use service.kubernetes.io/topology-mode instead',
      ],
    ],
    [
      'spellings',
      {
        spec: {
          ports,
          type: 'LoadBalancer',
          loadBalancerIP: '2001:DB8::1',
          loadBalancerSourceRanges: ['2001:DB8::/32'],
        },
      },
      [
        'spec.loadBalancerIP: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")',
        'spec.loadBalancerSourceRanges[0]: IPv6 CIDR value "2001:DB8::/32" should be in RFC 5952 canonical format ("2001:db8::/32")',
      ],
    ],
  ])('%s', (_, object, expected) => {
    const context = testContext()
    create(service, object, context)
    expect(context.warnings).toEqual(expected)
  })
})

describe('the status of a load balancer', () => {
  it.each<[string, object, string]>([
    ['an address', { ip: '192.0.2.1' }, ''],
    ['a name', { hostname: 'lb.example.com' }, ''],
    [
      'an address other software reads differently',
      { ip: '192.0.02.1' },
      'status.loadBalancer.ingress[0].ip: Invalid value: "192.0.02.1": must not have leading 0s',
    ],
    [
      'a mode without an address',
      { hostname: 'lb.example.com', ipMode: 'VIP' },
      'status.loadBalancer.ingress[0].ipMode: Forbidden: may not be specified when `ip` is not set',
    ],
    [
      'another mode',
      { ip: '192.0.2.1', ipMode: 'X' },
      'status.loadBalancer.ingress[0].ipMode: Unsupported value: "X": supported values: "Proxy", "VIP"',
    ],
  ])('%s', (_, ingress, expected) => {
    const old = create(service, { spec: { ports, type: 'LoadBalancer' } })
    const message = refusal(() => updateStatus(service, old, { loadBalancer: { ingress: [ingress] } }))
    expect(message.replace(/^Service "x" is invalid: /, '')).toBe(expected)
  })
  it('is there, whatever else a status says', () => {
    const old = create(service, { spec: { ports } })
    const next = structuredClone({ ...old, status: { conditions: [] } })
    service.strategy.prepareForStatusUpdate?.(next as never, old, testContext())
    expect(next.status).toEqual({ conditions: [], loadBalancer: {} })
  })

  it('is warned about when it is spelled another way', () => {
    const old = create(service, { spec: { ports, type: 'LoadBalancer' } })
    const context = testContext()
    updateStatus(service, old, { loadBalancer: { ingress: [{ ip: '192.0.2.1' }, { ip: '2001:DB8::1' }] } }, context)
    expect(context.warnings).toEqual([
      'status.loadBalancer.ingress[1]: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")',
    ])
  })
})
