// Services of one and of two families on clusters of one and of two: what is filled in, what is refused, what a change takes and
// gives back. From the rules of kubernetes registry/core/service/storage/alloc.go and core/validation.

import { describe, expect, it } from 'vitest'
import type { Service } from '../../objects/index.ts'
import { create, refusal, type TestContext, testContext, update } from '../strategy-run.suite.ts'
import { createIpAllocator } from './ip-allocator.ts'
import { service } from './service.ts'

const CLUSTERS = {
  IPv4: '10.96.0.0/16',
  IPv6: 'fd00:10:96::/112',
  'IPv4,IPv6': '10.96.0.0/16,fd00:10:96::/112',
  'IPv6,IPv4': 'fd00:10:96::/112,10.96.0.0/16',
} as const

type ClusterKind = keyof typeof CLUSTERS

const clusterOf = (kind: ClusterKind, dryRun = false): TestContext => testContext(new Map(), dryRun, CLUSTERS[kind])
const ports = [{ port: 80 }]
const selector = { app: 'web' }

/** Addresses are shown by family where nobody named them. */
function shown({ spec }: Service, named: readonly string[] = []): string {
  const addresses = (spec.clusterIPs ?? []).map((address) =>
    named.includes(address) || address === 'None' ? address : address.includes(':') ? 'v6' : 'v4',
  )
  const inStep = spec.clusterIP === spec.clusterIPs?.[0] ? '' : ` but clusterIP ${spec.clusterIP ?? 'absent'}`
  const policy = spec.ipFamilyPolicy ?? 'no policy'
  return `${policy} ${spec.ipFamilies?.join(',') ?? 'no families'} ${addresses.join(',') || 'no addresses'}${inStep}`
}

const V4 = '10.96.0.77'
const V6 = 'fd00:10:96::77'
const outcome = (spec: object, context: TestContext): string => {
  let made: Service | undefined
  const message = refusal(() => (made = create(service, { spec: { ports, ...spec } }, context)))
  return made === undefined ? message.replace(/^Service "x" is invalid: /, '') : shown(made, [V4, V6])
}

const NOT_DUAL =
  'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services'
const absent = (index: number, family: string): string =>
  `spec.ipFamilies[${index}]: Invalid value: "${family}": not configured on this cluster`

/** What is asked for, and what comes of it on each kind of cluster. */
const CREATED: readonly [string, object, Readonly<Record<ClusterKind, string>>][] = [
  [
    'nothing said',
    { selector },
    {
      IPv4: 'SingleStack IPv4 v4',
      IPv6: 'SingleStack IPv6 v6',
      'IPv4,IPv6': 'SingleStack IPv4 v4',
      'IPv6,IPv4': 'SingleStack IPv6 v6',
    },
  ],
  [
    'PreferDualStack',
    { selector, ipFamilyPolicy: 'PreferDualStack' },
    {
      IPv4: 'PreferDualStack IPv4 v4',
      IPv6: 'PreferDualStack IPv6 v6',
      'IPv4,IPv6': 'PreferDualStack IPv4,IPv6 v4,v6',
      'IPv6,IPv4': 'PreferDualStack IPv6,IPv4 v6,v4',
    },
  ],
  [
    'RequireDualStack',
    { selector, ipFamilyPolicy: 'RequireDualStack' },
    {
      IPv4: NOT_DUAL,
      IPv6: NOT_DUAL,
      'IPv4,IPv6': 'RequireDualStack IPv4,IPv6 v4,v6',
      'IPv6,IPv4': 'RequireDualStack IPv6,IPv4 v6,v4',
    },
  ],
  [
    'one family',
    { selector, ipFamilies: ['IPv6'] },
    {
      IPv4: absent(0, 'IPv6'),
      IPv6: 'SingleStack IPv6 v6',
      'IPv4,IPv6': 'SingleStack IPv6 v6',
      'IPv6,IPv4': 'SingleStack IPv6 v6',
    },
  ],
  [
    'one family first, both preferred',
    { selector, ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv6'] },
    {
      IPv4: absent(0, 'IPv6'),
      IPv6: 'PreferDualStack IPv6 v6',
      'IPv4,IPv6': 'PreferDualStack IPv6,IPv4 v6,v4',
      'IPv6,IPv4': 'PreferDualStack IPv6,IPv4 v6,v4',
    },
  ],
  [
    'both families without a policy',
    { selector, ipFamilies: ['IPv4', 'IPv6'] },
    sameEverywhere(
      "spec.ipFamilyPolicy: Invalid value: \"SingleStack\": must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified",
    ),
  ],
  [
    'both families preferred',
    { selector, ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv4', 'IPv6'] },
    {
      IPv4: absent(1, 'IPv6'),
      IPv6: absent(0, 'IPv4'),
      'IPv4,IPv6': 'PreferDualStack IPv4,IPv6 v4,v6',
      'IPv6,IPv4': 'PreferDualStack IPv4,IPv6 v4,v6',
    },
  ],
  [
    'an address of the other family',
    { selector, clusterIP: V6 },
    {
      IPv4: `spec.clusterIPs[0]: Invalid value: ["${V6}"]: IPv6 is not configured on this cluster`,
      IPv6: `SingleStack IPv6 ${V6}`,
      'IPv4,IPv6': `SingleStack IPv6 ${V6}`,
      'IPv6,IPv4': `SingleStack IPv6 ${V6}`,
    },
  ],
  [
    'two addresses without a policy',
    { selector, clusterIP: V4, clusterIPs: [V4, V6] },
    {
      IPv4: `[spec.ipFamilyPolicy: Invalid value: "SingleStack": must be 'RequireDualStack' or 'PreferDualStack' when multiple cluster IPs are specified, spec.clusterIPs[1]: Invalid value: ["${V4}","${V6}"]: IPv6 is not configured on this cluster]`,
      IPv6: `[spec.ipFamilyPolicy: Invalid value: "SingleStack": must be 'RequireDualStack' or 'PreferDualStack' when multiple cluster IPs are specified, spec.clusterIPs[0]: Invalid value: ["${V4}","${V6}"]: IPv4 is not configured on this cluster]`,
      'IPv4,IPv6':
        "spec.ipFamilyPolicy: Invalid value: \"SingleStack\": must be 'RequireDualStack' or 'PreferDualStack' when multiple cluster IPs are specified",
      'IPv6,IPv4':
        "spec.ipFamilyPolicy: Invalid value: \"SingleStack\": must be 'RequireDualStack' or 'PreferDualStack' when multiple cluster IPs are specified",
    },
  ],
  [
    'two addresses, preferred',
    { selector, clusterIP: V6, clusterIPs: [V6, V4], ipFamilyPolicy: 'PreferDualStack' },
    {
      IPv4: `spec.clusterIPs[0]: Invalid value: ["${V6}","${V4}"]: IPv6 is not configured on this cluster`,
      IPv6: `spec.clusterIPs[1]: Invalid value: ["${V6}","${V4}"]: IPv4 is not configured on this cluster`,
      'IPv4,IPv6': `PreferDualStack IPv6,IPv4 ${V6},${V4}`,
      'IPv6,IPv4': `PreferDualStack IPv6,IPv4 ${V6},${V4}`,
    },
  ],
  [
    'one address, both required',
    { selector, clusterIP: V4, ipFamilyPolicy: 'RequireDualStack' },
    {
      IPv4: NOT_DUAL,
      IPv6: `spec.clusterIPs[0]: Invalid value: ["${V4}"]: IPv4 is not configured on this cluster`,
      'IPv4,IPv6': `RequireDualStack IPv4,IPv6 ${V4},v6`,
      'IPv6,IPv4': `RequireDualStack IPv4,IPv6 ${V4},v6`,
    },
  ],
  [
    'an address that is not of its family',
    { selector, clusterIP: V4, ipFamilies: ['IPv6'] },
    sameEverywhere(
      `spec.clusterIPs[0]: Invalid value: "${V4}": expected an IPv6 value as indicated by \`ipFamilies[0]\``,
    ),
  ],
  [
    'two addresses of one family',
    { selector, clusterIP: V4, clusterIPs: [V4, '10.96.0.78'], ipFamilyPolicy: 'PreferDualStack' },
    sameEverywhere(
      `spec.clusterIPs: Invalid value: ["${V4}","10.96.0.78"]: may specify no more than one IP for each IP family`,
    ),
  ],
  [
    'a second address out of range',
    { selector, clusterIP: V4, clusterIPs: [V4, 'fd00:10:97::1'], ipFamilyPolicy: 'RequireDualStack' },
    {
      IPv4: `spec.clusterIPs[1]: Invalid value: ["${V4}","fd00:10:97::1"]: IPv6 is not configured on this cluster`,
      IPv6: `spec.clusterIPs[0]: Invalid value: ["${V4}","fd00:10:97::1"]: IPv4 is not configured on this cluster`,
      'IPv4,IPv6': `spec.clusterIPs: Invalid value: ["${V4}","fd00:10:97::1"]: failed to allocate IP fd00:10:97::1: the provided network does not match the current range`,
      'IPv6,IPv4': `spec.clusterIPs: Invalid value: ["${V4}","fd00:10:97::1"]: failed to allocate IP fd00:10:97::1: the provided network does not match the current range`,
    },
  ],
  [
    'headless with a selector',
    { selector, clusterIP: 'None' },
    {
      IPv4: 'SingleStack IPv4 None',
      IPv6: 'SingleStack IPv6 None',
      'IPv4,IPv6': 'SingleStack IPv4 None',
      'IPv6,IPv4': 'SingleStack IPv6 None',
    },
  ],
  [
    'headless with a selector, both preferred',
    { selector, clusterIP: 'None', ipFamilyPolicy: 'PreferDualStack' },
    {
      IPv4: 'PreferDualStack IPv4 None',
      IPv6: 'PreferDualStack IPv6 None',
      'IPv4,IPv6': 'PreferDualStack IPv4,IPv6 None',
      'IPv6,IPv4': 'PreferDualStack IPv6,IPv4 None',
    },
  ],
  [
    'headless without a selector',
    { clusterIP: 'None' },
    {
      IPv4: 'RequireDualStack IPv4,IPv6 None',
      IPv6: 'RequireDualStack IPv6,IPv4 None',
      'IPv4,IPv6': 'RequireDualStack IPv4,IPv6 None',
      'IPv6,IPv4': 'RequireDualStack IPv6,IPv4 None',
    },
  ],
  [
    'headless without a selector, of one family nobody configured',
    { clusterIP: 'None', ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv6'] },
    sameEverywhere('SingleStack IPv6 None'),
  ],
  [
    'an external name',
    { type: 'ExternalName', externalName: 'a.b' },
    sameEverywhere('no policy no families no addresses'),
  ],
  [
    'an external name with families',
    { type: 'ExternalName', externalName: 'a.b', ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv4'] },
    sameEverywhere(
      '[spec.ipFamilies: Forbidden: may not be set for ExternalName services, spec.ipFamilyPolicy: Forbidden: may not be set for ExternalName services]',
    ),
  ],
]

function sameEverywhere(text: string): Readonly<Record<ClusterKind, string>> {
  return { IPv4: text, IPv6: text, 'IPv4,IPv6': text, 'IPv6,IPv4': text }
}

describe.each(Object.keys(CLUSTERS) as ClusterKind[])('a new Service where there is %s', (kind) => {
  it.each(CREATED)('%s', (_, spec, expected) => {
    expect(outcome(spec, clusterOf(kind))).toBe(expected[kind])
  })
})

describe('a refused Service', () => {
  it('leaves both ranges as they were', () => {
    const context = clusterOf('IPv4,IPv6')
    context.allocators.clusterIps.take(V6)
    const spec = { selector, clusterIP: V4, clusterIPs: [V4, V6], ipFamilyPolicy: 'RequireDualStack' }
    expect(outcome(spec, context)).toContain(`failed to allocate IP ${V6}: provided IP is already allocated`)
    expect(context.allocators.clusterIps.has(V4)).toBe(false)
  })

  it('shows what nobody named as empty texts', () => {
    const spec = { selector, clusterIP: '10.97.0.1', ipFamilyPolicy: 'RequireDualStack' }
    expect(outcome(spec, clusterOf('IPv4,IPv6'))).toBe(
      'spec.clusterIPs: Invalid value: ["10.97.0.1",""]: failed to allocate IP 10.97.0.1: the provided network does not match the current range',
    )
  })
})

describe('a dry run', () => {
  it('shows the networks for addresses', () => {
    const made = create(service, { spec: { ports, ipFamilyPolicy: 'PreferDualStack' } }, clusterOf('IPv6,IPv4', true))
    expect(made.spec.clusterIPs).toEqual(['fd00:10:96::', '10.96.0.0'])
  })
})

const SINGLE = { selector, clusterIP: V4 }
const DUAL = { selector, clusterIP: V4, clusterIPs: [V4, V6], ipFamilyPolicy: 'PreferDualStack' }

/** Fields set to undefined are left out of the request, as by a PUT. */
const CHANGES: readonly [string, object, object, string, string][] = [
  ['nothing', DUAL, {}, `PreferDualStack IPv4,IPv6 ${V4},${V6}`, `${V4} ${V6}`],
  [
    'an upgrade',
    SINGLE,
    { ipFamilyPolicy: 'PreferDualStack' },
    `PreferDualStack IPv4,IPv6 ${V4},v6`,
    `${V4} and one of IPv6`,
  ],
  [
    'an upgrade to an address of choice',
    SINGLE,
    { ipFamilyPolicy: 'RequireDualStack', clusterIPs: [V4, V6] },
    `RequireDualStack IPv4,IPv6 ${V4},${V6}`,
    `${V4} ${V6}`,
  ],
  [
    'an upgrade to an address that is no more to be had',
    SINGLE,
    { ipFamilyPolicy: 'RequireDualStack', clusterIPs: [V4, 'fd00:10:96::'] },
    `spec.clusterIPs: Invalid value: ["${V4}","fd00:10:96::"]: failed to allocate IP fd00:10:96::: the provided network does not match the current range`,
    V4,
  ],
  [
    'families without the policy',
    SINGLE,
    { ipFamilies: ['IPv4', 'IPv6'] },
    "spec.ipFamilyPolicy: Invalid value: \"SingleStack\": must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified",
    V4,
  ],
  [
    'the other family in place of the first',
    SINGLE,
    { ipFamilies: ['IPv6'] },
    `spec.clusterIPs[0]: Invalid value: "${V4}": expected an IPv6 value as indicated by \`ipFamilies[0]\``,
    V4,
  ],
  ['a downgrade', DUAL, { ipFamilyPolicy: 'SingleStack' }, `SingleStack IPv4 ${V4}`, V4],
  [
    'a downgrade that names what stays',
    DUAL,
    { ipFamilyPolicy: 'SingleStack', clusterIPs: [V4], ipFamilies: ['IPv4'] },
    `SingleStack IPv4 ${V4}`,
    V4,
  ],
  [
    'the second address taken off alone',
    DUAL,
    { clusterIPs: [V4] },
    'spec.ipFamilyPolicy: Invalid value: "PreferDualStack": must be \'SingleStack\' to release the secondary cluster IP',
    `${V4} ${V6}`,
  ],
  [
    'the second family taken off alone',
    DUAL,
    { ipFamilies: ['IPv4'] },
    'spec.ipFamilyPolicy: Invalid value: "PreferDualStack": must be \'SingleStack\' to release the secondary IP family',
    `${V4} ${V6}`,
  ],
  [
    'both taken off without the policy',
    DUAL,
    { ipFamilyPolicy: undefined, clusterIPs: [V4], ipFamilies: ['IPv4'] },
    '[spec.ipFamilyPolicy: Invalid value: "PreferDualStack": must be \'SingleStack\' to release the secondary cluster IP, spec.ipFamilyPolicy: Invalid value: "PreferDualStack": must be \'SingleStack\' to release the secondary IP family]',
    `${V4} ${V6}`,
  ],
  [
    'a downgrade to the second family',
    DUAL,
    { ipFamilyPolicy: 'SingleStack', clusterIP: V6, clusterIPs: [V6], ipFamilies: ['IPv6'] },
    `[spec.clusterIPs[0]: Invalid value: ["${V6}"]: may not change once set, spec.ipFamilies[0]: Invalid value: ["${V6}"]: may not change once set]`,
    `${V4} ${V6}`,
  ],
  [
    'another second address',
    DUAL,
    { clusterIPs: [V4, 'fd00:10:96::78'] },
    `spec.clusterIPs[1]: Invalid value: ["${V4}","fd00:10:96::78"]: may not change once set`,
    `${V4} ${V6}`,
  ],
  [
    'an external name',
    DUAL,
    { type: 'ExternalName', externalName: 'a.b' },
    'no policy no families no addresses',
    'none',
  ],
  [
    'addresses for a headless one',
    { selector, clusterIP: 'None', ipFamilyPolicy: 'PreferDualStack' },
    { clusterIP: V4, clusterIPs: [V4] },
    `spec.clusterIPs[0]: Invalid value: ["${V4}"]: may not change once set`,
    'none',
  ],
  [
    'the other families of a headless one',
    { selector, clusterIP: 'None', ipFamilies: ['IPv4'] },
    { ipFamilies: ['IPv6'] },
    'SingleStack IPv6 None',
    'none',
  ],
]

/** Which addresses are taken, of those the tables name and the one that came by itself. */
function taken({ allocators: { clusterIps } }: TestContext, made: Service | undefined): string {
  const named = [V4, V6, 'fd00:10:96::78'].filter((address) => clusterIps.has(address))
  const second = made?.spec.clusterIPs?.[1]
  const other = second === undefined || named.includes(second) || !clusterIps.has(second) ? '' : ' and one of IPv6'
  return `${named.join(' ') || 'none'}${other}`
}

describe('a Service that is changed', () => {
  it.each(CHANGES)('%s', (_, before, change, expected, left) => {
    const context = clusterOf('IPv4,IPv6')
    const old = create(service, { spec: { ports, ...before } }, context)
    const spec = JSON.parse(JSON.stringify({ ...old.spec, ...change })) as object
    let made: Service | undefined
    const message = refusal(() => (made = update(service, old, { ...old, spec }, context)))
    expect(made === undefined ? message.replace(/^Service "x" is invalid: /, '') : shown(made, [V4, V6])).toBe(expected)
    expect(taken(context, made)).toBe(left)
  })

  it('that had an external name gets addresses of both families', () => {
    const context = clusterOf('IPv6,IPv4')
    const old = create(service, { spec: { type: 'ExternalName', externalName: 'a.b' } }, context)
    const spec = { ports, selector, type: 'ClusterIP', ipFamilyPolicy: 'PreferDualStack' }
    expect(shown(update(service, old, { ...old, spec }, context))).toBe('PreferDualStack IPv6,IPv4 v6,v4')
  })

  it('keeps its one family after the cluster got a second, until it asks', () => {
    const context = clusterOf('IPv4')
    const old = create(service, { spec: { ports, selector, ipFamilyPolicy: 'PreferDualStack' } }, context)
    const grown = clusterOf('IPv4,IPv6')
    const kept = update(service, old, { ...old, spec: { ...old.spec, sessionAffinity: 'ClientIP' } }, grown)
    expect(shown(kept)).toBe('PreferDualStack IPv4 v4')
    const asked = update(service, kept, { ...kept, spec: { ...kept.spec, ipFamilyPolicy: 'RequireDualStack' } }, grown)
    expect(shown(asked)).toBe('RequireDualStack IPv4,IPv6 v4,v6')
  })
})

describe('--service-cluster-ip-range', () => {
  it.each([
    [
      '10.96.0.0/16,10.97.0.0/16',
      'both ranges of 10.96.0.0/16,10.97.0.0/16 are IPv4; two ranges must be of different IP families',
    ],
    ['10.96.0.0/16,fd00::/112,fd01::/112', 'more than two ranges'],
    ['fd00:10:96::/107', 'fd00:10:96::/107 is too large; for 128-bit addresses, the mask must be >= 108'],
    ['10.0.0.0/11', '10.0.0.0/11 is too large; for 32-bit addresses, the mask must be >= 12'],
    ['10.96.0.0/29', '10.96.0.0/29 has 8 address(es) and is too small, the minimum is 10'],
    ['10.96.0.1/16', '10.96.0.1/16 has host bits set; it should be 10.96.0.0/16'],
    ['10.96.0.0/16,', 'an empty text is no CIDR'],
    ['::ffff:10.96.0.0/112', 'is no CIDR'],
  ])('%s is refused', (text, why) => {
    expect(() => createIpAllocator(text)).toThrow(why)
  })
})
