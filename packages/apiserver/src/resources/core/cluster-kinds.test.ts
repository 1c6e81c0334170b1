// Nodes, quotas, limits and secrets, rule by rule: paths and texts as kube-apiserver 1.36 has them.

import { describe, expect, it } from 'vitest'
import { create, refusal, testContext, update, updateStatus } from '../strategy-run.suite.ts'
import type { KubeObject } from '../../objects/kube-object.ts'
import type { Resource } from '../resource.ts'
import { limitRange } from './limit-range.ts'
import { node } from './node.ts'
import { resourceQuota } from './resource-quota.ts'
import { secret } from './secret.ts'
import { serviceAccount } from './service-account.ts'

const shortened = (message: string): string => message.replace(/^\w+ "x" is invalid: /, '')
const refused = <T extends KubeObject>(resource: Resource<T>, object: object): string =>
  shortened(refusal(() => create(resource, object)))

describe('a Node is refused for', () => {
  it.each<[string, object, string]>([
    [
      'the same taint twice',
      {
        taints: [
          { key: 'a', effect: 'NoSchedule' },
          { key: 'a', value: 'b', effect: 'NoSchedule' },
        ],
      },
      'metadata.taints[1]: Duplicate value: {"Key":"a","Value":"b","Effect":"NoSchedule","TimeAdded":null}: taints must be unique by key and effect pair',
    ],
    ['a taint without effect', { taints: [{ key: 'a' }] }, 'metadata.taints[0].effect: Required value'],
    [
      'two pod networks of one family',
      { podCIDRs: ['10.0.0.0/24', '10.0.1.0/24'] },
      'spec.podCIDRs: Invalid value: ["10.0.0.0/24","10.0.1.0/24"]: may specify no more than one CIDR for each IP family',
    ],
    [
      'pod networks that are none',
      { podCIDRs: ['10.0.0.0/24', 'x'] },
      '[spec.podCIDRs[1]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64), ' +
        'spec.podCIDRs: Internal error: invalid PodCIDRs. failed to check with dual stack with error:invalid CIDR[1]: <nil> (invalid CIDR address: x), ' +
        'spec.podCIDRs: Invalid value: ["10.0.0.0/24","x"]: may specify no more than one CIDR for each IP family]',
    ],
  ])('%s', (_, spec, expected) => {
    expect(refused(node, { spec })).toBe(expected)
  })

  it.each([
    ['taints', '[{"key":"a"}]', '.%[0].effect: Required value'],
    ['taints', '1', ': Invalid value: "%": json: cannot unmarshal number into Go value of type []core.Taint'],
    [
      'preferAvoidPods',
      '[]',
      '.AvoidPods: Invalid value: "%": json: cannot unmarshal array into Go value of type v1.AvoidPods',
    ],
  ])('%s in an annotation: %s', (name, text, expected) => {
    const key = `scheduler.alpha.kubernetes.io/${name}`
    expect(refused(node, { metadata: { name: 'x', annotations: { [key]: text } } })).toBe(
      `metadata.annotations${expected.replace('%', key)}`,
    )
  })

  it('amounts that are negative or no whole numbers', () => {
    const status = { capacity: { cpu: '-1', pods: '1.5', 'example.com/gpu': '500m' }, allocatable: {} }
    expect(refused(node, { status })).toBe(
      '[status.capacity.cpu: Invalid value: "-1": must be greater than or equal to 0, status.capacity.pods: Invalid value: "1.5": must be an integer, status.capacity.example.com/gpu: Invalid value: "500m": must be an integer]',
    )
  })
})

describe("a Node's status", () => {
  it.each<[string, object, string]>([
    [
      'swap of no size',
      { nodeInfo: { swap: { capacity: 0 } } },
      'metadata.nodeSwapStatus.capacity: Invalid value: 0: must be greater than zero',
    ],
    [
      'features in another order',
      { declaredFeatures: ['B', 'A/b', 'A/b'] },
      '[status.declaredFeatures[1]: Invalid value: "A/b": list must be sorted alphabetically, status.declaredFeatures[2]: Duplicate value: "A/b"]',
    ],
    [
      'a feature that is no name',
      { declaredFeatures: ['a/1'] },
      'status.declaredFeatures[0]: Invalid value: "a/1": invalid feature name "a/1": must start with an UpperCamelCase segment, with subsequent segments separated by \'/\' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes',
    ],
  ])('is refused for %s', (_, status, expected) => {
    expect(refused(node, { status })).toBe(expected)
  })

  it('has as much to give as there is, in thousandths', () => {
    const { capacity, allocatable } = create(node, { status: { capacity: { cpu: '100u' } } }).status ?? {}
    expect({ capacity, allocatable }).toEqual({ capacity: { cpu: '1m' }, allocatable: { cpu: '1m' } })
  })
})

describe('a ServiceAccount', () => {
  it('keeps the names of its secrets alone', () => {
    const made = create(serviceAccount, { secrets: [{ kind: 'Secret', name: 's', namespace: 'n' }] })
    expect(made.secrets).toEqual([{ name: 's' }])
    expect(update(serviceAccount, made, { secrets: [{ name: 't', uid: 'u' }] }, testContext()).secrets).toEqual([
      { name: 't' },
    ])
  })

  it('is warned about an annotation once', () => {
    const metadata = { annotations: { 'kubernetes.io/enforce-mountable-secrets': 'true' } }
    const context = testContext()
    const made = create(serviceAccount, { metadata }, context)
    update(serviceAccount, made, { metadata }, context)
    expect(context.warnings).toEqual([
      'metadata.annotations[kubernetes.io/enforce-mountable-secrets]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets',
    ])
  })
})

describe('a changed Node', () => {
  const old = create(node, { spec: { podCIDR: '10.0.0.0/24', providerID: 'p://1' } })
  const changed = (spec: object): string => shortened(refusal(() => update(node, old, { spec }, testContext())))

  it('keeps its pod network and its provider', () => {
    expect(changed({ podCIDR: '10.0.1.0/24', providerID: 'p://2', externalID: 'e' })).toBe(
      '[spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid, spec.providerID: Forbidden: node updates may not change providerID except from "" to valid, spec.externalID: Forbidden: may not be updated]',
    )
  })

  it('is asked for its pod network by the older spelling', () => {
    expect(create(node, { spec: { podCIDR: '10.0.0.0/24', podCIDRs: ['10.0.1.0/24'] } }).spec.podCIDRs).toEqual([
      '10.0.0.0/24',
    ])
  })

  it('has each address once', () => {
    const addresses = [
      { type: 'InternalIP', address: '192.0.2.1' },
      { type: 'InternalIP', address: '192.0.2.1' },
    ]
    expect(shortened(refusal(() => updateStatus(node, old, { addresses })))).toBe(
      'status.addresses[1]: Duplicate value: {"Type":"InternalIP","Address":"192.0.2.1"}',
    )
  })
})

describe('a ResourceQuota is refused for', () => {
  it.each<[string, object, string]>([
    [
      'a resource nobody counts',
      { hard: { gpus: '1' } },
      '[spec.hard[gpus]: Invalid value: "gpus": must be a standard resource type or fully qualified, spec.hard[gpus]: Invalid value: "gpus": must be a standard resource for quota]',
    ],
    ['half a pod', { hard: { pods: '500m' } }, 'spec.hard[pods]: Invalid value: "500m": must be an integer'],
    [
      'less than no pod',
      { hard: { pods: '-1' } },
      'spec.hard[pods]: Invalid value: "-1": must be greater than or equal to 0',
    ],
    ['a scope it does not have', { scopes: ['Often'] }, 'spec.scopes: Invalid value: ["Often"]: unsupported scope'],
    [
      'scopes that exclude each other',
      { hard: { pods: '1' }, scopes: ['BestEffort', 'NotBestEffort'] },
      'spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: conflicting scopes',
    ],
    [
      'a scope of what it does not count',
      { hard: { cpu: '1' }, scopes: ['BestEffort'] },
      'spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource',
    ],
    [
      'values where there are none',
      { scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'Exists', values: ['a'] }] } },
      "spec.scopeSelector.matchExpressions.values: Invalid value: [\"a\"]: must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector",
    ],
    [
      'no values where there should be',
      { scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In' }] } },
      "spec.scopeSelector.matchExpressions.values: Required value: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
    ],
  ])('%s', (_, spec, expected) => {
    expect(refused(resourceQuota, { spec })).toBe(expected)
  })

  it('other scopes than it had', () => {
    const old = create(resourceQuota, { spec: { hard: { pods: '1' }, scopes: ['BestEffort'] } })
    const spec = { hard: { pods: '1' }, scopes: ['Terminating'] }
    expect(shortened(refusal(() => update(resourceQuota, old, { spec }, testContext())))).toBe(
      'spec.scopes: Invalid value: ["Terminating"]: field is immutable',
    )
  })
})

describe('a LimitRange is refused for', () => {
  it.each<[string, object, string]>([
    [
      'more at least than at most',
      { type: 'Pod', min: { cpu: '2' }, max: { cpu: '1' } },
      'spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1',
    ],
    [
      'defaults of pods',
      { type: 'Pod', default: { cpu: '1' } },
      "spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'",
    ],
    [
      'claims without bounds',
      { type: 'PersistentVolumeClaim', min: { cpu: '1' } },
      'spec.limits[0].limits: Required value: either minimum or maximum storage value is required, but neither was provided',
    ],
    [
      'a ratio nothing can have',
      { type: 'Pod', min: { cpu: '1' }, max: { cpu: '2' }, maxLimitRequestRatio: { cpu: '3' } },
      'spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "3": ratio 3 is greater than max/min = 2.000000',
    ],
    [
      'what no container has',
      { type: 'Container', max: { pods: '1' } },
      '[spec.limits[0].max[pods]: Invalid value: "pods": must be a standard resource for containers, spec.limits[0].default[pods]: Invalid value: "pods": must be a standard resource for containers, spec.limits[0].defaultRequest[pods]: Invalid value: "pods": must be a standard resource for containers]',
    ],
    [
      'a type there is none of',
      { type: 'Thing' },
      'spec.limits[0].type: Invalid value: "Thing": must be a standard limit type or fully qualified',
    ],
  ])('%s', (_, item, expected) => {
    expect(refused(limitRange, { spec: { limits: [item] } })).toBe(expected)
  })

  it('the same type twice', () => {
    expect(refused(limitRange, { spec: { limits: [{ type: 'Pod' }, { type: 'Pod' }] } })).toBe(
      'spec.limits[1].type: Duplicate value: "Pod"',
    )
  })
})

it('a LimitRange of containers fills its defaults from its limits', () => {
  const item = { type: 'Container', max: { cpu: '2' }, min: { memory: '1Mi' } }
  expect(create(limitRange, { spec: { limits: [item] } }).spec?.limits).toEqual([
    { ...item, default: { cpu: '2' }, defaultRequest: { cpu: '2', memory: '1Mi' } },
  ])
})

const base64 = (text: string): string => Buffer.from(text).toString('base64')

describe('a Secret is refused for', () => {
  it.each<[string, object, string]>([
    [
      'an account nobody names',
      { type: 'kubernetes.io/service-account-token' },
      'metadata.annotations[kubernetes.io/service-account.name]: Required value',
    ],
    [
      'neither name nor password',
      { type: 'kubernetes.io/basic-auth' },
      '[data[username]: Required value, data[password]: Required value]',
    ],
    [
      'an empty key',
      { type: 'kubernetes.io/ssh-auth', data: { 'ssh-privatekey': '' } },
      'data[ssh-privatekey]: Required value',
    ],
    [
      'registries that are no object',
      { type: 'kubernetes.io/dockercfg', data: { '.dockercfg': base64('[]') } },
      'data[.dockercfg]: Invalid value: "<secret contents redacted>": json: cannot unmarshal array into Go value of type map[string]interface {}',
    ],
    [
      'too much',
      { data: { a: Buffer.alloc(1_048_577).toString('base64') } },
      'data: Too long: may not be more than 1048576 bytes',
    ],
  ])('%s', (_, object, expected) => {
    expect(refused(secret, object)).toBe(expected)
  })

  it('nothing when it is exactly as much as may be', () => {
    expect(refused(secret, { data: { a: Buffer.alloc(1_048_576).toString('base64') } })).toBe('')
  })
})
