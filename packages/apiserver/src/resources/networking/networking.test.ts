// NetworkPolicies, IngressClasses, ServiceCIDRs and IPAddresses, rule by rule, as kube-apiserver 1.36 has them.

import { describe, expect, it } from 'vitest'
import type { Ingress } from '../../objects/index.ts'
import type { Mutable } from '../resource.ts'
import { create, refusal, testContext, update } from '../strategy-run.suite.ts'
import { ingressClass } from './ingress-class.ts'
import { ingress } from './ingress.ts'
import { networkPolicy } from './network-policy.ts'
import { serviceCidr } from './service-cidr.ts'

const from = (ipBlock: object): object => ({ spec: { podSelector: {}, ingress: [{ from: [{ ipBlock }] }] } })
const at = 'spec.ingress[0].from[0].ipBlock'

describe('NetworkPolicies', () => {
  it.each<[string, object, string]>([
    ['a block', from({ cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] }), ''],
    [
      'host bits',
      from({ cidr: '10.0.0.1/8', except: ['10.0.0.0/8'] }),
      `[${at}.cidr: Invalid value: "10.0.0.1/8": must not have bits set beyond the prefix length, ${at}.except[0]: Invalid value: "10.0.0.0/8": must be a strict subset of \`cidr\`]`,
    ],
    [
      'exceptions of the other family and none',
      from({ cidr: '10.0.0.0/8', except: ['fd00::/64', 'x'] }),
      `[${at}.except[0]: Invalid value: "fd00::/64": must be a strict subset of \`cidr\`, ${at}.except[1]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)]`,
    ],
    [
      'a named port',
      { spec: { podSelector: {}, ingress: [{ ports: [{ port: 'A', endPort: 9 }] }] } },
      '[spec.ingress[0].ports[0].endPort: Invalid value: 9: may not be specified when `port` is non-numeric, spec.ingress[0].ports[0].port: Invalid value: "A": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-), spec.ingress[0].ports[0].port: Invalid value: "A": must contain at least one letter (a-z)]',
    ],
    [
      'three types',
      { spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress', 'Ingress'] } },
      'spec.policyTypes: Invalid value: ["Ingress","Egress","Ingress"]: may not specify more than two policyTypes',
    ],
  ])('%s', (_, object, expected) => {
    const message = refusal(() => create(networkPolicy, object))
    expect(message.replace(/^NetworkPolicy.networking.k8s.io "x" is invalid: /, '')).toBe(expected)
  })

  it('may keep blocks that are refused by now, with a warning', () => {
    const context = testContext()
    const made = create(networkPolicy, from({ cidr: '10.0.0.0/8' }))
    const old = { ...made, spec: { ...made.spec, ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.1/8' } }] }] } }
    update(networkPolicy, old, { ...old, spec: { ...old.spec, policyTypes: ['Egress', 'Ingress'] } }, context)
    expect(context.warnings).toEqual([
      `${at}.cidr: CIDR value "10.0.0.1/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.0.0.1/32"?)`,
    ])
  })
})

describe('IngressClasses', () => {
  it.each<[string, object, string]>([
    [
      'a path',
      { controller: 'example.com/a b' },
      "spec.controller: Invalid value: \"a b\": Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')",
    ],
    [
      'a long name',
      { controller: `example.com/${'a'.repeat(250)}` },
      'spec.controller: Too long: may not be more than 250 bytes',
    ],
    [
      'a group',
      { controller: 'example.com/c', parameters: { apiGroup: 'A', kind: 'K/x', name: 'n' } },
      "[spec.parameters.apiGroup: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*'), spec.parameters.kind: Invalid value: \"K/x\": may not contain '/']",
    ],
  ])('%s', (_, spec, expected) => {
    const message = refusal(() => create(ingressClass, { spec }))
    expect(message.replace(/^IngressClass.networking.k8s.io "x" is invalid: /, '')).toBe(expected)
  })

  it('say first what may not change', () => {
    const old = create(ingressClass, { spec: { controller: 'example.com/c' } })
    expect(refusal(() => update(ingressClass, old, { ...old, spec: { controller: 'c' } }, testContext()))).toBe(
      'IngressClass.networking.k8s.io "x" is invalid: [spec.controller: Invalid value: "c": field is immutable, spec.controller: Invalid value: "c": must be a domain-prefixed path (such as "acme.io/foo")]',
    )
  })
})

describe('ServiceCIDRs', () => {
  const changed = (before: readonly string[], after: readonly string[]): string => {
    const old = create(serviceCidr, { spec: { cidrs: before } })
    return refusal(() => update(serviceCidr, old, { ...old, spec: { cidrs: after } }, testContext())).replace(
      /^ServiceCIDR.networking.k8s.io "x" is invalid: /,
      '',
    )
  }

  it.each<[string, readonly string[], readonly string[], string]>([
    ['may get a second family', ['10.0.0.0/24'], ['10.0.0.0/24', 'fd00::/64'], ''],
    [
      'may not get a second range',
      ['10.0.0.0/24'],
      ['10.0.0.0/24', '10.1.0.0/24'],
      'spec.cidrs: Invalid value: ["10.0.0.0/24","10.1.0.0/24"]: may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64',
    ],
    [
      'may not lose one',
      ['10.0.0.0/24', 'fd00::/64'],
      ['10.0.0.0/24'],
      'spec.cidrs: Invalid value: ["10.0.0.0/24"]: field is immutable',
    ],
    [
      'may not change one',
      ['10.0.0.0/24', 'fd00::/64'],
      ['10.0.0.0/24', 'fd01::/64'],
      'spec.cidrs[1]: Invalid value: "fd01::/64": field is immutable',
    ],
  ])('%s', (_, before, after, expected) => {
    expect(changed(before, after)).toBe(expected)
  })

  it('are canonical', () => {
    expect(refusal(() => create(serviceCidr, { spec: { cidrs: ['FD00::/64', '010.0.0.0/24'] } }))).toBe(
      'ServiceCIDR.networking.k8s.io "x" is invalid: [spec.cidrs[0]: Invalid value: "FD00::/64": must be in canonical form ("fd00::/64"), spec.cidrs[1]: Invalid value: "010.0.0.0/24": must not have leading 0s in IP or prefix length]',
    )
  })
})

it('the status of a ServiceCIDR brings no metadata along', () => {
  const old = create(serviceCidr, { metadata: { labels: { a: 'b' } }, spec: { cidrs: ['10.0.0.0/24'] } })
  const sent = structuredClone(old) as Mutable<typeof old>
  sent.metadata.labels = { a: 'c' }
  sent.metadata.annotations = { a: 'c' }
  serviceCidr.strategy.prepareForStatusUpdate?.(sent, old, testContext())
  expect(sent.metadata).toEqual(old.metadata)
})

it.each<[string, object, readonly string[]]>([
  [
    'only the annotation',
    {},
    ['annotation "kubernetes.io/ingress.class" is deprecated, please use \'spec.ingressClassName\' instead'],
  ],
  ['the field', { ingressClassName: 'a' }, []],
])('an Ingress whose class is in %s', (_, spec, warnings) => {
  const context = testContext()
  const annotated = {
    ...create(ingress, { spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } }, ...spec } }),
    metadata: { name: 'x', annotations: { 'kubernetes.io/ingress.class': 'a' } },
  } as unknown as Ingress
  ingress.strategy.warn?.(annotated, context)
  ingress.strategy.warn?.(annotated, context, annotated)
  expect(context.warnings).toEqual(warnings)
})

it('an Ingress without a path type is asked for nothing more of that path', () => {
  const paths = [{ path: 'x', backend: {} }]
  expect(refusal(() => create(ingress, { spec: { rules: [{ http: { paths } }] } }))).toBe(
    'Ingress.networking.k8s.io "x" is invalid: spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified',
  )
})
