// What kinds of the smaller groups answer where the field's order, its absence or the way it was sent matters: texts of
// kube-apiserver 1.36.2, asked through the request handler.

import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../objects/kube-object.ts'
import { owners, refusal, TestServer } from '../managed-fields/server.suite.ts'
import { resourceType, type ResourceType } from './resource-type.ts'
import {
  clusterRoles,
  componentStatuses,
  controllerRevisions,
  cronJobs,
  daemonSets,
  deployments,
  endpointSlices,
  events,
  horizontalPodAutoscalers,
  ingressClasses,
  ingresses,
  ipAddresses,
  jobs,
  leases,
  limitRanges,
  networkPolicies,
  persistentVolumes,
  podDisruptionBudgets,
  pods,
  replicationControllers,
  roleBindings,
  roles,
  serviceCidrs,
  statefulSets,
} from './served-types.ts'

const eventsEvents = resourceType('events.k8s.io/v1', 'events', 'Event', { namespaced: true })
const labels = { app: 'a' }
const container = { name: 'c', image: 'i' }
const template = { metadata: { labels }, spec: { containers: [container] } }
const workload = { selector: { matchLabels: labels }, template }
const once = { spec: { restartPolicy: 'Never', containers: [container] } }
/** The key comes last on the wire, and first in Go's struct. */
const backwards = { matchExpressions: [{ values: ['a'], operator: 'Is', key: 'app' }] }
const PRINTED = '{"matchExpressions":[{"key":"app","operator":"Is","values":["a"]}]}'
const OPERATOR = 'spec.selector.matchExpressions[0].operator: Invalid value: "Is": not a valid selector operator'

const server = new TestServer()
const made = (type: ResourceType, body: object): KubeObject =>
  server.call({ verb: 'create', type, body: { metadata: { name: 'x' }, ...body } })
const put = (type: ResourceType, name: string, body: object, query = ''): KubeObject =>
  server.call({ verb: 'update', type, name, query, body: { metadata: { name }, ...body } })
const strategic = (type: ResourceType, name: string, body: object): KubeObject =>
  server.call({ verb: 'patch', type, name, body, contentType: 'application/strategic-merge-patch+json' })
const messageOf = (call: () => unknown): string => refusal(call).message?.replace(/^\S+ "\S+" is invalid: /, '') ?? ''
const causesOf = (call: () => unknown): readonly string[] =>
  (refusal(call).details?.causes ?? []).map(({ field, message }) => `${field}: ${message}`)

describe('a create is refused', () => {
  it.each<[string, ResourceType, object, string]>([
    [
      "a Deployment's strategy",
      deployments,
      { spec: { ...workload, strategy: { type: 'X', rollingUpdate: { maxSurge: 1, maxUnavailable: '20%' } } } },
      'spec.strategy: Unsupported value: {"Type":"X","RollingUpdate":{"MaxUnavailable":"20%","MaxSurge":1}}: supported values: "Recreate", "RollingUpdate"',
    ],
    [
      "a DaemonSet's strategy",
      daemonSets,
      { spec: { ...workload, updateStrategy: { type: 'X', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } } },
      'spec.updateStrategy: Unsupported value: {"Type":"X","RollingUpdate":{"MaxUnavailable":1,"MaxSurge":0}}: supported values: "RollingUpdate", "OnDelete"',
    ],
    [
      'a selector',
      deployments,
      { spec: { ...workload, selector: backwards } },
      `[${OPERATOR}, spec.selector: Invalid value: ${PRINTED}: invalid label selector]`,
    ],
    [
      'a selector of a StatefulSet',
      statefulSets,
      { spec: { ...workload, selector: backwards } },
      `[${OPERATOR}, spec.selector: Invalid value: ${PRINTED}]`,
    ],
    [
      'a selector that a CronJob makes itself',
      cronJobs,
      { spec: { schedule: '@daily', jobTemplate: { spec: { template: once, selector: backwards } } } },
      `spec.jobTemplate.spec.selector: Invalid value: ${PRINTED}: \`selector\` will be auto-generated`,
    ],
    ["a Job's selector, and not what it selects", jobs, { spec: { template: once, selector: backwards } }, OPERATOR],
    [
      'a success policy of nothing',
      jobs,
      { spec: { template: once, successPolicy: {} } },
      'spec.successPolicy: Invalid value: {"Rules":null}: requires indexed completion mode',
    ],
    [
      'exit codes of nothing',
      jobs,
      {
        spec: { template: once, podFailurePolicy: { rules: [{ action: 'Ignore', onExitCodes: { operator: 'In' } }] } },
      },
      'spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: null: at least one value is required',
    ],
    [
      'both ends of a budget',
      podDisruptionBudgets,
      {
        spec: {
          minAvailable: 1,
          maxUnavailable: 1,
          selector: { matchExpressions: [{ operator: 'Exists', key: 'a' }] },
        },
      },
      'spec: Invalid value: {"MinAvailable":1,"Selector":{"matchExpressions":[{"key":"a","operator":"Exists"}]},"MaxUnavailable":1,"UnhealthyPodEvictionPolicy":null}: minAvailable and maxUnavailable cannot be both set',
    ],
    [
      'a protocol',
      networkPolicies,
      { spec: { podSelector: {}, ingress: [{ ports: [{ protocol: 'X' }] }] } },
      'spec.ingress[0].ports[0].protocol: Unsupported value: "X": supported values: "TCP", "UDP", "SCTP"',
    ],
    [
      'an empty path type',
      ingresses,
      { spec: { rules: [{ http: { paths: [{ path: '/', pathType: '' }] } }] } },
      '[spec.rules[0].http.paths[0].pathType: Unsupported value: "": supported values: "Exact", "ImplementationSpecific", "Prefix", spec.rules[0].http.paths[0].backend: Invalid value: "": resource or service backend is required]',
    ],
    [
      'an empty scope',
      ingressClasses,
      { spec: { controller: 'a.b/c', parameters: { kind: 'K', name: 'n', scope: '' } } },
      'spec.parameters.scope: Unsupported value: "": supported values: "Cluster", "Namespace"',
    ],
    [
      'fewer than no replicas',
      horizontalPodAutoscalers,
      { spec: { maxReplicas: -1, minReplicas: 1, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'K', name: 'n' } } },
      '[spec.maxReplicas: Invalid value: -1: must be greater than or equal to 1, spec.maxReplicas: Invalid value: -1: must be greater than or equal to `minReplicas`]',
    ],
    [
      'an autoscaler of nothing',
      horizontalPodAutoscalers,
      {},
      '[spec.maxReplicas: Required value: must be set and greater than 0, spec.maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`, spec.scaleTargetRef.kind: Required value, spec.scaleTargetRef.name: Required value, spec.scaleTargetRef.apiVersion: Invalid value: "": apiVersion must specify API group]',
    ],
  ])('%s', (_, type, body, text) => {
    expect(messageOf(() => made(type, body))).toBe(text)
  })

  it("a Job's name, by the labels its pods would have", () => {
    const fields = causesOf(() => made(jobs, { metadata: { name: 'A' }, spec: { template: once } }))
    expect(fields.map((text) => text.slice(0, text.indexOf(':')))).toEqual(['metadata.name'])
    const long = `${'a'.repeat(60)}.abc`
    expect(causesOf(() => made(jobs, { metadata: { name: long }, spec: { template: once } }))[0]).toMatch(
      /^spec\.template\.labels: .*must be no more than 63 bytes$/,
    )
  })
})

describe('a change is refused', () => {
  it.each<[string, ResourceType, object, object, readonly string[]]>([
    [
      'a DaemonSet: what may not change comes first, and the rest once',
      daemonSets,
      { spec: workload },
      { spec: { ...workload, selector: { matchLabels: { app: 'b' } } } },
      [
        'spec.selector: Invalid value: {"matchLabels":{"app":"b"}}: field is immutable',
        'spec.template.metadata.labels: Invalid value: {"app":"a"}: `selector` does not match template `labels`',
      ],
    ],
    [
      'a Role, once',
      roles,
      { rules: [] },
      { rules: [{ apiGroups: [''], resources: ['pods'] }] },
      ['rules[0].verbs: Required value: verbs must contain at least one value'],
    ],
    [
      'a RoleBinding, once',
      roleBindings,
      { roleRef: { kind: 'Role', name: 'r' } },
      { roleRef: { kind: 'X', name: 'r' } },
      [
        'roleRef.kind: Unsupported value: "X": supported values: "Role", "ClusterRole"',
        'roleRef: Invalid value: {"APIGroup":"rbac.authorization.k8s.io","Kind":"X","Name":"r"}: cannot change roleRef',
      ],
    ],
    [
      'an IngressClass without a controller',
      ingressClasses,
      { spec: { controller: 'a.b/c' } },
      { spec: {} },
      ['spec.controller: Invalid value: "": field is immutable', 'spec.controller: Required value'],
    ],
    [
      'an IPAddress without a parent',
      ipAddresses,
      { metadata: { name: '192.0.2.9' }, spec: { parentRef: { resource: 'r', name: 'n' } } },
      { metadata: { name: '192.0.2.9' }, spec: {} },
      ['spec.parentRef: Required value', 'spec.parentRef: Invalid value: null: field is immutable'],
    ],
    [
      'a ServiceCIDR without ranges',
      serviceCidrs,
      { spec: { cidrs: ['10.201.0.0/24'] } },
      {},
      ['spec.cidrs: Invalid value: null: field is immutable'],
    ],
    [
      'a ServiceCIDR with an empty list of them',
      serviceCidrs,
      { metadata: { name: 'y' }, spec: { cidrs: ['10.202.0.0/24'] } },
      { metadata: { name: 'y' }, spec: { cidrs: [] } },
      ['spec.cidrs: Invalid value: []: field is immutable'],
    ],
  ])('%s', (_, type, body, change, causes) => {
    const { name } = made(type, body).metadata
    expect(causesOf(() => put(type, name, change))).toEqual(causes)
  })
})

describe('generations', () => {
  it.each<[string, object, number]>([
    ['count nothing for what is the same', {}, 1],
    ['count lists that were sent though they are empty', { ingress: [] }, 2],
    ['count empty maps inside', { podSelector: { matchLabels: {} } }, 2],
  ])('of a NetworkPolicy %s', (_, change, generation) => {
    const name = `generation-${Object.keys(change).join('').toLowerCase() || 'none'}`
    const spec = { podSelector: {}, policyTypes: ['Ingress'] }
    made(networkPolicies, { metadata: { name }, spec })
    expect(put(networkPolicies, name, { spec: { ...spec, ...change } }).metadata.generation).toBe(generation)
  })
})

describe('what is filled in', () => {
  it("a Job's labels come back with a status that leaves them out", () => {
    const { metadata } = made(jobs, { metadata: { name: 'labelled' }, spec: { template: once } })
    const sent = { metadata: { name: 'labelled' }, spec: { template: once }, status: { active: 1 } }
    const next = server.call({ verb: 'update', type: jobs, name: 'labelled', subresource: 'status', body: sent })
    expect(next.metadata.labels).toEqual(metadata.labels)
  })

  it('a DaemonSet counts its templates, whatever a status says', () => {
    made(daemonSets, { metadata: { name: 'counted' }, spec: workload })
    const sent = { metadata: { name: 'counted' }, spec: workload, status: {} }
    const next = server.call({ verb: 'update', type: daemonSets, name: 'counted', subresource: 'status', body: sent })
    expect(next.metadata.annotations).toEqual({ 'deprecated.daemonset.template.generation': '1' })
  })

  it('a metric has its current value, if only an empty one', () => {
    const spec = { maxReplicas: 1, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'K', name: 'n' } }
    made(horizontalPodAutoscalers, { metadata: { name: 'metrics' }, spec })
    const status = { desiredReplicas: 0, currentMetrics: [{ type: 'Object', object: {} }] }
    expect(server.merge(horizontalPodAutoscalers, 'metrics', { status }, '', 'status')).toMatchObject({
      status: {
        currentMetrics: [{ object: { current: {}, describedObject: { kind: '', name: '' }, metric: { name: '' } } }],
      },
    })
  })

  it('a claim template is pending, and hosts are named by the set', () => {
    const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
    const claims = [{ metadata: { name: 'd' }, spec, status: {} }]
    const named = { ...template, spec: { ...template.spec, hostname: 'A_', subdomain: 'B_' } }
    expect(made(statefulSets, { spec: { ...workload, template: named, volumeClaimTemplates: claims } })).toMatchObject({
      spec: { volumeClaimTemplates: [{ status: { phase: 'Pending' } }] },
    })
  })

  it('the pods of a DaemonSet are not named after it, so its name is nobody’s worry', () => {
    server.warnings.length = 0
    made(daemonSets, { metadata: { name: 'a.b' }, spec: workload })
    expect(server.warnings).toEqual([])
  })
})

describe('patches and applies', () => {
  it('a budget’s selector is replaced, not merged', () => {
    made(podDisruptionBudgets, { metadata: { name: 'replaced' }, spec: { selector: { matchLabels: labels } } })
    expect(
      strategic(podDisruptionBudgets, 'replaced', { spec: { selector: { matchLabels: { b: 'c' } } } }),
    ).toMatchObject({ spec: { selector: { matchLabels: { b: 'c' } } } })
    expect(server.call({ verb: 'get', type: podDisruptionBudgets, name: 'replaced' })).not.toMatchObject({
      spec: { selector: { matchLabels: labels } },
    })
  })

  it('nothing is merged inside data of no known type', () => {
    made(controllerRevisions, { metadata: { name: 'raw' }, revision: 1, data: { spec: { a: 1 } } })
    expect(refusal(() => strategic(controllerRevisions, 'raw', { data: { spec: { b: 1 } } })).message).toBe(
      'unable to find api field in struct RawExtension for the json field "spec"',
    )
  })

  it('a time nobody can read is told of when all is merged', () => {
    const config = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 't' } }
    const apply = (): unknown =>
      server.apply(leases, { ...config, spec: { renewTime: '2024-01-02' } }, 'fieldManager=a')
    expect(refusal(apply).message).toMatch(
      /^failed to convert new object \(\/t; coordination\.k8s\.io\/v1, Kind=Lease\) to proper version: unable to convert unstructured object to coordination\.k8s\.io\/v1, Kind=Lease: parsing time "2024-01-02" as /,
    )
  })

  it('a list that nobody set is nobody’s', () => {
    const body = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'nobodys' } }
    made(clusterRoles, body)
    const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }]
    const applied = server.apply(clusterRoles, { ...body, rules }, 'fieldManager=a')
    expect(owners(applied)).toEqual({ 'a Apply': { 'f:rules': {} } })
  })

  it('an empty list that is applied by force changes hands', () => {
    const body = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name: 'forced' } }
    made(endpointSlices, { ...body, addressType: 'IPv4', endpoints: [] })
    const config = { ...body, addressType: 'IPv4', endpoints: [] }
    const applied = server.apply(endpointSlices, config, 'fieldManager=a&force=true')
    expect(owners(applied)['tester Update']).toEqual({ 'f:addressType': {} })
  })

  it('an Event that is applied may not change what happened either', () => {
    const events = resourceType<KubeObject>('events.k8s.io/v1', 'events', 'Event', { namespaced: true })
    const event = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'e', namespace: 'default' },
      eventTime: '2024-01-02T03:04:05.000000Z',
      reportingController: 'a.b/c',
      reportingInstance: 'i',
      action: 'a',
      reason: 'r',
      type: 'Normal',
      regarding: { kind: 'Pod', namespace: 'default', name: 'p' },
    }
    server.apply(events, event, 'fieldManager=a')
    expect(messageOf(() => server.apply(events, { ...event, reason: 'other' }, 'fieldManager=a'))).toBe(
      'reason: Invalid value: "other": field is immutable',
    )
  })
})

describe('JSON patches', () => {
  const patch = (type: ResourceType, name: string, ...operations: readonly object[]): KubeObject =>
    server.call({ verb: 'patch', type, name, body: operations, contentType: 'application/json-patch+json' })

  it('see null where it is written', () => {
    made(roles, { metadata: { name: 'nulls' } })
    const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }]
    const test = { op: 'test', path: '/rules', value: null }
    expect(patch(roles, 'nulls', test, { op: 'replace', path: '/rules', value: rules })).toMatchObject({ rules })
    made(endpointSlices, { metadata: { name: 'nulls' }, addressType: 'IPv4', endpoints: [] })
    expect(patch(endpointSlices, 'nulls', { op: 'remove', path: '/ports' }).metadata.name).toBe('nulls')
    expect(() => patch(endpointSlices, 'nulls', { op: 'add', path: '/endpoints/-', value: {} })).toThrow(
      'the server rejected our request due to an error in our request',
    )
  })

  it('print it, too', () => {
    made(roles, { metadata: { name: 'shown' } })
    const call = (): unknown => patch(roles, 'shown', { op: 'add', path: '/metadata/labels', value: [] })
    expect(refusal(call).message).toContain(String.raw`\"rules\":null}": json: cannot unmarshal array`)
  })
})

it('an Ingress without rules has none, and says so when it needs them', () => {
  const defaultBackend = { service: { name: 's', port: { number: 80 } } }
  expect(made(ingresses, { spec: { defaultBackend, rules: [] } })).not.toHaveProperty('spec.rules')
  const text = 'either `defaultBackend` or `rules` must be specified'
  expect(messageOf(() => made(ingresses, { spec: { rules: [] } }))).toBe(`spec: Invalid value: []: ${text}`)
  expect(messageOf(() => made(ingresses, { spec: {} }))).toBe(`spec: Invalid value: null: ${text}`)
})

it('failed indexes of nothing are not unknown ones', () => {
  made(jobs, { metadata: { name: 'indexes' }, spec: { template: once } })
  expect(messageOf(() => server.merge(jobs, 'indexes', { status: { failedIndexes: '' } }, '', 'status'))).toBe(
    'status.failedIndexes: Invalid value: "": cannot set non-null failedIndexes when backoffLimitPerIndex is null',
  )
})

it('what reads itself is complained about before what is of a wrong type', () => {
  expect(messageOf(() => made(leases, { spec: { leaseDurationSeconds: {}, renewTime: 'x' } }))).toContain(
    ': parsing time "x" as',
  )
  expect(messageOf(() => made(leases, { spec: { leaseDurationSeconds: {}, holderIdentity: 5 } }))).toContain(
    'cannot unmarshal object into Go struct field LeaseSpec.spec.leaseDurationSeconds of type int32',
  )
})

describe('names', () => {
  const about = { apiVersion: 'events.k8s.io/v1', kind: 'Event' }
  it('a refused event of the newer version has the name it was given', () => {
    const { message } = refusal(() =>
      server.call({ verb: 'create', type: eventsEvents, body: { ...about, metadata: { generateName: 'g-' } } }),
    )
    expect(message).toMatch(/^Event "g-[a-z0-9]{5}" is invalid: /)
  })

  it('an event of the older version is asked for its name last', () => {
    const told = (namespace: string): string =>
      refusal(() => made(events, { metadata: {}, involvedObject: { namespace } })).message ?? ''
    expect([told('elsewhere'), told('default')]).toEqual([
      'Event "" is invalid: involvedObject.namespace: Invalid value: "elsewhere": does not match event.namespace',
      'Event "" is invalid: metadata.name: Required value: name or generateName is required',
    ])
  })

  it('an address is all of generateName', () => {
    expect(causesOf(() => made(ipAddresses, { metadata: { generateName: 'g-' } })).slice(0, 2)).toEqual([
      'metadata.generateName: Invalid value: "g-": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      'metadata.name: Invalid value: "g-": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ])
  })

  it('a LimitRange without a name gets one', () => {
    expect(made(limitRanges, { metadata: {}, spec: { limits: [] } }).metadata.name).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('a ReplicationController is named as it likes, whatever it was to be made from', () => {
    const body = { metadata: { name: 'ok', generateName: 'G_' }, spec: { selector: labels, template } }
    expect(made(replicationControllers, body).metadata.name).toBe('ok')
    expect(causesOf(() => made(replicationControllers, { ...body, metadata: { generateName: 'G_' } }))).toHaveLength(1)
  })

  it('what a PUT only tries to make keeps the version it came with', () => {
    const metadata = { name: 'tried', resourceVersion: '5' }
    expect(put(leases, 'tried', { metadata }, 'dryRun=All').metadata.resourceVersion).toBe('5')
  })

  it('a part of the control plane that there is not is not found', () => {
    const { code, message } = refusal(() => server.call({ verb: 'get', type: componentStatuses, name: 'x' }))
    expect([code, message]).toEqual([404, 'componentstatus "x" not found'])
  })
})

describe('what is odd', () => {
  it.each([
    ['a"b', String.raw`unknown field "a\"b"`],
    ['a\nb', String.raw`unknown field "a\nb"`],
    ['\u0001', String.raw`unknown field "\x01"`],
    ['é', 'unknown field "é"'],
  ])('a field %j is quoted as Go does', (field, text) => {
    const call = { verb: 'create', type: leases, query: 'fieldValidation=Strict' } as const
    const { message } = refusal(() => server.call({ ...call, body: { metadata: { name: 'odd' }, [field]: 1 } }))
    expect(message).toContain(`strict decoding error: ${text}`)
  })

  const volume = { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'] }
  it.each<[string, object, string]>([
    ['rbd', { monitors: ['m'], image: 'i' }, 'spec.rbd: deprecated in v1.28, non-functional in v1.31+'],
    ['cephfs', { monitors: ['m'] }, 'spec.cephfs: deprecated in v1.28, non-functional in v1.31+'],
    ['photonPersistentDisk', { pdID: 'p' }, 'spec.photonPersistentDisk: deprecated in v1.11, non-functional in v1.16+'],
  ])('a volume of a kind that is gone is warned about: %s', (source, value, warning) => {
    server.warnings.length = 0
    made(persistentVolumes, { metadata: { name: source.toLowerCase() }, spec: { ...volume, [source]: value } })
    expect(server.warnings).toContain(warning)
  })

  it('a CSI driver without a name is missing, not wrong', () => {
    const spec = { ...volume, csi: { volumeHandle: 'h' } }
    expect(causesOf(() => made(persistentVolumes, { spec }))).toEqual(['spec.csi.driver: Required value'])
  })

  it('who writes a new address of a pod owns both spellings', () => {
    made(pods, { metadata: { name: 'p' }, spec: { containers: [container] } })
    const status = { podIPs: [{ ip: '10.0.0.1' }] }
    const shown = server.call({
      ...{ verb: 'patch', type: pods, name: 'p', subresource: 'status' },
      ...{ body: { status }, contentType: 'application/merge-patch+json' },
    })
    expect(owners(shown)['tester Update/status']).toMatchObject({ 'f:status': { 'f:podIP': {} } })
  })

  it('a Scale that is PUT for another object conflicts before its replicas are read', () => {
    made(statefulSets, { metadata: { name: 'scaled' }, spec: workload })
    const body = { metadata: { name: 'scaled', uid: 'u' }, spec: { replicas: -1 } }
    const call = { verb: 'update', type: statefulSets, name: 'scaled', subresource: 'scale', body } as const
    expect(refusal(() => server.call(call)).code).toBe(409)
  })

  it('a list of one name reads its token too', () => {
    const query = 'fieldSelector=metadata.name%3Dx&continue=abc'
    const call = { verb: 'deletecollection', type: leases, query } as const
    expect(refusal(() => server.call(call)).message).toMatch(/^invalid continue token: continue key is not valid/)
  })
})

describe('deletes', () => {
  it('name the group of what has another uid', () => {
    made(leases, { metadata: { name: 'held' } })
    const body = { preconditions: { uid: 'other' } }
    expect(refusal(() => server.call({ verb: 'delete', type: leases, name: 'held', body })).message).toMatch(
      /^Operation cannot be fulfilled on Lease\.coordination\.k8s\.io "held": the UID in the precondition \(other\)/,
    )
  })

  it.each([
    ['says so', '', 1],
    ['asked for, says nothing', 'propagationPolicy=Background', 0],
  ])('of all Jobs leaving their pods %s', (_, query, count) => {
    server.warnings.length = 0
    refusal(() => server.call({ verb: 'deletecollection', type: jobs, query }))
    expect(server.warnings.filter((text) => text.startsWith('child pods are preserved'))).toHaveLength(count)
  })
})
