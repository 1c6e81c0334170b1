// Versions of older releases: written in one version, read in another, and owned in the version they were written in.

import { describe, expect, it, test } from 'vitest'
import { owners, refusal, TestServer } from '../../managed-fields/server.suite.ts'
import type { KubeObject } from '../../objects/kube-object.ts'
import { createRegistry } from '../registry.ts'
import { resourceType } from '../resource-type.ts'
import type { Resource } from '../resource.ts'
import { ingresses } from '../served-types.ts'

const RELEASES = { oldest: 15, last: 36 }

function find(server: TestServer, apiVersion: string, kind: string): Resource {
  const [version = '', group = ''] = apiVersion.split('/').reverse()
  const found = server.server.registry.byKind(group, version, kind)
  if (found === undefined) throw new Error(`${apiVersion} ${kind} is not served`)
  return found
}

type Manifest = { readonly apiVersion: string; readonly kind: string; readonly spec?: unknown }

/** Created as it is, then read in each version. */
function written(server: TestServer, manifest: Manifest, name = 'x'): KubeObject {
  const { type } = find(server, manifest.apiVersion, manifest.kind)
  return server.call({ verb: 'create', type, body: { ...manifest, metadata: { name } } })
}

function read(server: TestServer, apiVersion: string, kind: string, name = 'x'): KubeObject & { spec?: unknown } {
  return server.call({ verb: 'get', type: find(server, apiVersion, kind).type, name })
}

const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'c', image: 'i' }] } }
const path = (backend: object): object => ({ rules: [{ host: 'a.b', http: { paths: [{ path: '/', ...backend }] } }] })
const target = { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' }

describe('one object in two versions', () => {
  it.each<[string, Manifest, string, unknown, unknown]>([
    [
      'a backend by number, and the pathType nobody named',
      {
        apiVersion: 'extensions/v1beta1',
        kind: 'Ingress',
        spec: path({ backend: { serviceName: 's', servicePort: 80 } }),
      },
      'networking.k8s.io/v1',
      path({ pathType: 'ImplementationSpecific', backend: { service: { name: 's', port: { number: 80 } } } }),
      path({ pathType: 'ImplementationSpecific', backend: { serviceName: 's', servicePort: 80 } }),
    ],
    [
      'a default backend by name',
      {
        apiVersion: 'networking.k8s.io/v1beta1',
        kind: 'Ingress',
        spec: { backend: { serviceName: 's', servicePort: 'http' } },
      },
      'networking.k8s.io/v1',
      { defaultBackend: { service: { name: 's', port: { name: 'http' } } } },
      { backend: { serviceName: 's', servicePort: 'http' } },
    ],
    [
      'an empty selector selects no pods in v1beta1',
      { apiVersion: 'policy/v1beta1', kind: 'PodDisruptionBudget', spec: { minAvailable: 1, selector: {} } },
      'policy/v1',
      {
        minAvailable: 1,
        selector: {
          matchExpressions: [{ key: 'pdb.kubernetes.io/deprecated-v1beta1-empty-selector-match', operator: 'Exists' }],
        },
      },
      { minAvailable: 1, selector: {} },
    ],
    [
      'metrics of autoscaling/v2beta1',
      {
        apiVersion: 'autoscaling/v2beta1',
        kind: 'HorizontalPodAutoscaler',
        spec: {
          scaleTargetRef: target,
          maxReplicas: 2,
          metrics: [
            { type: 'Resource', resource: { name: 'cpu', targetAverageUtilization: 60 } },
            { type: 'Pods', pods: { metricName: 'q', targetAverageValue: '1k' } },
            { type: 'Object', object: { metricName: 'r', targetValue: '10', target } },
            { type: 'External', external: { metricName: 'e', targetAverageValue: '2' } },
          ],
        },
      },
      'autoscaling/v2',
      {
        scaleTargetRef: target,
        minReplicas: 1,
        maxReplicas: 2,
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } },
          { type: 'Pods', pods: { metric: { name: 'q' }, target: { type: 'AverageValue', averageValue: '1k' } } },
          {
            type: 'Object',
            object: { describedObject: target, metric: { name: 'r' }, target: { type: 'Value', value: '10' } },
          },
          {
            type: 'External',
            external: { metric: { name: 'e' }, target: { type: 'AverageValue', averageValue: '2' } },
          },
        ],
      },
      {
        scaleTargetRef: target,
        minReplicas: 1,
        maxReplicas: 2,
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', targetAverageUtilization: 60 } },
          { type: 'Pods', pods: { metricName: 'q', targetAverageValue: '1k' } },
          { type: 'Object', object: { metricName: 'r', targetValue: '10', target } },
          { type: 'External', external: { metricName: 'e', targetAverageValue: '2' } },
        ],
      },
    ],
  ])('%s', (_name, manifest, stored, asStored, asWritten) => {
    const server = new TestServer(21)
    written(server, manifest)
    expect(read(server, stored, manifest.kind).spec).toEqual(asStored)
    expect(read(server, manifest.apiVersion, manifest.kind)).toMatchObject({
      apiVersion: manifest.apiVersion,
      spec: asWritten,
    })
  })
})

test('the zone of an EndpointSlice is part of its topology in v1beta1', () => {
  const server = new TestServer(21)
  const { type } = find(server, 'discovery.k8s.io/v1beta1', 'EndpointSlice')
  const topology = { 'topology.kubernetes.io/zone': 'a', 'kubernetes.io/hostname': 'n' }
  const endpoints = [{ addresses: ['10.0.0.1'], topology }]
  server.call({ verb: 'create', type, body: { metadata: { name: 'x' }, addressType: 'IPv4', endpoints, ports: [] } })
  expect(read(server, 'discovery.k8s.io/v1', 'EndpointSlice')).toMatchObject({
    endpoints: [{ zone: 'a', deprecatedTopology: { 'kubernetes.io/hostname': 'n' } }],
  })
  expect(read(server, 'discovery.k8s.io/v1beta1', 'EndpointSlice')).toMatchObject({ endpoints })
})

describe('what old workloads filled in', () => {
  const fromLabels = { selector: { matchLabels: { app: 'x' } } }

  it.each<[string, string, object]>([
    [
      'extensions/v1beta1',
      'Deployment',
      {
        ...fromLabels,
        replicas: 1,
        revisionHistoryLimit: 2_147_483_647,
        progressDeadlineSeconds: 2_147_483_647,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } },
      },
    ],
    [
      'apps/v1beta1',
      'Deployment',
      {
        ...fromLabels,
        revisionHistoryLimit: 2,
        progressDeadlineSeconds: 600,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      },
    ],
    ['extensions/v1beta1', 'ReplicaSet', fromLabels],
    ['extensions/v1beta1', 'DaemonSet', { ...fromLabels, updateStrategy: { type: 'OnDelete' }, templateGeneration: 1 }],
    ['apps/v1beta1', 'StatefulSet', { ...fromLabels, updateStrategy: { type: 'OnDelete' } }],
  ])('%s %s', (apiVersion, kind, spec) => {
    const server = new TestServer(RELEASES.oldest)
    const created = written(server, {
      apiVersion,
      kind,
      spec: { template, serviceName: kind === 'StatefulSet' ? 's' : undefined },
    })
    expect(created).toMatchObject({ apiVersion, kind, metadata: { labels: { app: 'x' } }, spec })
  })

  it('v1beta2 asks for the selector, as v1 does', () => {
    const server = new TestServer(RELEASES.oldest)
    const manifest = { apiVersion: 'apps/v1beta2', kind: 'Deployment', spec: { template } }
    expect(refusal(() => written(server, manifest)).message).toContain('spec.selector: Required value')
  })

  it('a rollback is refused by name', () => {
    const server = new TestServer(RELEASES.oldest)
    const spec = { template, rollbackTo: { revision: 1 } }
    const call = (): KubeObject => written(server, { apiVersion: 'extensions/v1beta1', kind: 'Deployment', spec })
    expect(refusal(call)).toMatchObject({
      code: 501,
      message: 'podwire does not simulate spec.rollbackTo of Deployments',
    })
  })
})

describe('what beta versions allow', () => {
  it.each<[string, string, boolean]>([
    ['extensions/v1beta1', 'DaemonSet', true],
    ['extensions/v1beta1', 'ReplicaSet', true],
    ['apps/v1beta1', 'Deployment', true],
    ['apps/v1beta2', 'Deployment', false],
  ])('%s %s: another selector %s', (apiVersion, kind, allowed) => {
    const server = new TestServer(RELEASES.oldest)
    const selector = { matchLabels: { app: 'x' } }
    const labels = { app: 'x', b: 'c' }
    const pods = { ...template, metadata: { labels } }
    const created = written(server, { apiVersion, kind, spec: { template: pods, selector } })
    const { type } = find(server, apiVersion, kind)
    const body = { ...created, spec: { template: pods, selector: { matchLabels: { b: 'c' } } } }
    const change = (): unknown => server.call({ verb: 'update', type, name: 'x', body })
    if (allowed) expect(change()).toMatchObject({ spec: body.spec })
    else expect(refusal(change).message).toContain('spec.selector: Invalid value')
  })

  it.each<[string, string, boolean]>([
    ['extensions/v1beta1', 'ReplicaSet', true],
    ['apps/v1beta2', 'StatefulSet', true],
    ['apps/v1', 'Deployment', false],
  ])('%s %s: dependents stay when it goes: %s', (apiVersion, kind, orphans) => {
    const server = new TestServer(RELEASES.oldest)
    const selector = { matchLabels: { app: 'x' } }
    written(server, {
      apiVersion,
      kind,
      spec: { template, selector, serviceName: kind === 'StatefulSet' ? 's' : undefined },
    })
    const { type } = find(server, apiVersion, kind)
    server.merge(type, 'x', { metadata: { finalizers: ['a.b/c'] } })
    server.call({ verb: 'delete', type, name: 'x' })
    const { finalizers } = read(server, apiVersion, kind).metadata
    expect(finalizers).toEqual(orphans ? ['a.b/c', 'orphan'] : ['a.b/c'])
  })
})

test('Scale in the words of its group', () => {
  const server = new TestServer(RELEASES.oldest)
  written(server, { apiVersion: 'apps/v1beta1', kind: 'Deployment', spec: { template } })
  const { type } = find(server, 'apps/v1beta1', 'Deployment')
  const scale = { type, name: 'x', subresource: 'scale' }
  expect(server.call({ verb: 'get', ...scale })).toMatchObject({
    apiVersion: 'apps/v1beta1',
    kind: 'Scale',
    status: { selector: { app: 'x' }, targetSelector: 'app=x' },
  })
  server.merge(type, 'x', { spec: { replicas: 3 } }, '', 'scale')
  expect(read(server, 'apps/v1', 'Deployment')).toMatchObject({ spec: { replicas: 3 } })
})

describe('names in refusals and warnings', () => {
  it('missing objects are missing in the group that was asked', () => {
    const server = new TestServer(RELEASES.oldest)
    const status = refusal(() => read(server, 'extensions/v1beta1', 'Ingress'))
    expect(status.message).toBe('ingresses.extensions "x" not found')
    expect(status.details).toMatchObject({ group: 'extensions', kind: 'ingresses' })
  })

  it('every use of an old version is warned about', () => {
    const server = new TestServer(21)
    expect(() => read(server, 'extensions/v1beta1', 'Ingress')).toThrow('not found')
    expect(server.warnings).toEqual([
      'extensions/v1beta1 Ingress is deprecated in v1.14+, unavailable in v1.22+; use networking.k8s.io/v1 Ingress',
    ])
  })

  it('names of secrets that were never checked may stay what they are', () => {
    const server = new TestServer(21)
    const spec = { backend: { serviceName: 's', servicePort: 80 }, tls: [{ secretName: 'a secret' }] }
    expect(written(server, { apiVersion: 'extensions/v1beta1', kind: 'Ingress', spec })).toMatchObject({ spec })
    const { backend: _backend, ...tls } = spec
    const current = { ...tls, defaultBackend: { service: { name: 's', port: { number: 80 } } } }
    const call = (): KubeObject =>
      written(server, { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', spec: current }, 'y')
    expect(refusal(call).message).toContain('spec.tls[0].secretName')
  })
})

describe('ownership across versions', () => {
  const backend = (service: string) => ({ backend: { serviceName: service, servicePort: 80 } })
  const ingress = (apiVersion: string, spec: object) => ({ apiVersion, kind: 'Ingress', metadata: { name: 'x' }, spec })
  const old = resourceType('extensions/v1beta1', 'ingresses', 'Ingress', { namespaced: true })

  it('fields are owned as they were written', () => {
    const server = new TestServer(21)
    server.apply(old, ingress('extensions/v1beta1', backend('s')), 'fieldManager=a')
    const applied = read(server, 'networking.k8s.io/v1', 'Ingress')
    expect(owners(applied)).toEqual({
      'a Apply': { 'f:spec': { 'f:backend': { 'f:serviceName': {}, 'f:servicePort': {} } } },
    })
    expect(applied.metadata.managedFields).toMatchObject([{ apiVersion: 'extensions/v1beta1' }])
  })

  it('a change in another version takes what it changed, and conflicts with who owns it', () => {
    const server = new TestServer(21)
    server.apply(old, ingress('extensions/v1beta1', backend('s')), 'fieldManager=a')
    const other = ingress('networking.k8s.io/v1', {
      defaultBackend: { service: { name: 'other', port: { number: 80 } } },
    })
    expect(refusal(() => server.apply(ingresses, other, 'fieldManager=b'))).toMatchObject({
      code: 409,
      details: { causes: [{ field: '.spec.backend.serviceName' }] },
    })
    const forced = server.apply(ingresses, other, 'fieldManager=b&force=true')
    expect(owners(forced)).toMatchObject({ 'a Apply': { 'f:spec': { 'f:backend': { 'f:servicePort': {} } } } })
    expect(read(server, 'extensions/v1beta1', 'Ingress')).toMatchObject({ spec: backend('other') })
  })

  it('what a manager no longer applies goes, also when it changes its version', () => {
    const server = new TestServer(21)
    const rules = [{ host: 'a.b' }]
    server.apply(old, ingress('extensions/v1beta1', { ...backend('s'), rules }), 'fieldManager=a')
    const next = server.apply(ingresses, ingress('networking.k8s.io/v1', { rules }), 'fieldManager=a')
    expect(next).toMatchObject({ spec: { rules } })
    expect(next).not.toHaveProperty('spec.defaultBackend')
    expect(next.metadata.managedFields).toMatchObject([{ manager: 'a', apiVersion: 'networking.k8s.io/v1' }])
  })

  it('autoscaling/v1 can be applied', () => {
    const server = new TestServer()
    const { type } = find(server, 'autoscaling/v1', 'HorizontalPodAutoscaler')
    const config = {
      apiVersion: 'autoscaling/v1',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'x' },
      spec: { scaleTargetRef: target, maxReplicas: 2, targetCPUUtilizationPercentage: 50 },
    }
    expect(server.apply(type, config, 'fieldManager=a')).toMatchObject({
      apiVersion: 'autoscaling/v1',
      spec: config.spec,
    })
  })
})

describe('what a release serves', () => {
  const served = (minor: number, group: string): readonly string[] =>
    createRegistry(minor)
      .all()
      .filter(({ type }) => type.group === group)
      .map(({ type }) => `${type.version} ${type.resource}`)
      .sort()

  it.each<[number, string, readonly string[]]>([
    [
      15,
      'extensions',
      ['daemonsets', 'deployments', 'ingresses', 'networkpolicies', 'replicasets'].map((name) => `v1beta1 ${name}`),
    ],
    [16, 'extensions', ['v1beta1 ingresses']],
    [22, 'extensions', []],
    [13, 'networking.k8s.io', ['v1 networkpolicies']],
    [18, 'networking.k8s.io', ['v1 networkpolicies', 'v1beta1 ingressclasses', 'v1beta1 ingresses']],
    [32, 'networking.k8s.io', ['v1 ingressclasses', 'v1 ingresses', 'v1 networkpolicies']],
    [
      36,
      'networking.k8s.io',
      ['v1 ingressclasses', 'v1 ingresses', 'v1 ipaddresses', 'v1 networkpolicies', 'v1 servicecidrs'],
    ],
    [20, 'batch', ['v1 jobs', 'v1beta1 cronjobs']],
    [24, 'batch', ['v1 cronjobs', 'v1 jobs', 'v1beta1 cronjobs']],
    [22, 'autoscaling', ['v1', 'v2beta1', 'v2beta2'].map((version) => `${version} horizontalpodautoscalers`)],
    [26, 'autoscaling', ['v1', 'v2'].map((version) => `${version} horizontalpodautoscalers`)],
    [20, 'policy', ['v1beta1 poddisruptionbudgets']],
    [25, 'policy', ['v1 poddisruptionbudgets']],
    [20, 'discovery.k8s.io', ['v1beta1 endpointslices']],
    [16, 'discovery.k8s.io', []],
  ])('1.%i %s', (minor, group, resources) => {
    expect(served(minor, group)).toEqual(resources)
  })

  it('components in process find the stored kinds in every release', () => {
    for (let minor = RELEASES.oldest; minor <= RELEASES.last; minor++) {
      expect(createRegistry(minor).byType(ingresses).type).toEqual(ingresses)
    }
  })
})

test('a manifest of an old version is applied in process as what is stored', () => {
  const { server } = new TestServer(18)
  const manifest = {
    apiVersion: 'extensions/v1beta1',
    kind: 'Ingress',
    metadata: { name: 'x' },
    spec: { backend: { serviceName: 's', servicePort: 80 } },
  }
  expect(server.apply(manifest)).toMatchObject({ outcome: 'created', object: { apiVersion: 'networking.k8s.io/v1' } })
  expect(server.apply(manifest).outcome).toBe('unchanged')
  server.delete(manifest)
  expect(server.client.find(ingresses, { namespace: 'default', name: 'x' })).toBeUndefined()
  expect(() => new TestServer().server.apply(manifest)).toThrow(
    'no matches for kind "Ingress" in version "extensions/v1beta1"',
  )
})
