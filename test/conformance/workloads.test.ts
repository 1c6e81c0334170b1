// Rung 3 of the ladder and its rows about workloads, in virtual time and in our own words: endpoints nobody is behind, mirrored
// Endpoints, replicas, rollouts, daemons, ordered pods, jobs by completion and by the clock, revisions, disruption budgets.

import {
  controllerRevisions,
  cronJobs,
  daemonSets,
  deployments,
  endpoints,
  endpointSlices,
  jobs,
  nodes,
  podDisruptionBudgets,
  pods,
  replicaSets,
  replicationControllers,
  services,
  statefulSets,
  StatusError,
  type Pod,
  type ReplicaSet,
  type ResourceType,
} from '@podwire/apiserver'
import { createCluster, type Cluster } from '@podwire/sim'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const AGNHOST = 'registry.k8s.io/e2e-test-images/agnhost:2.53'

let cluster: Cluster
let made = 0

beforeAll(async () => {
  cluster = await createCluster({ nodes: 3, seed: 5, ingress: false, flowTraces: false })
})
afterAll(() => cluster.stop())

async function newNamespace(): Promise<string> {
  const name = `workloads-${++made}`
  await cluster.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }])
  await cluster.advance('1s')
  return name
}

/** Applies objects into a namespace. */
const apply = (namespace: string, ...objects: readonly object[]): Promise<unknown> =>
  cluster.apply(
    objects.map((object) => ({
      ...object,
      metadata: { ...('metadata' in object ? (object.metadata as object) : {}), namespace },
    })),
  )

const podsOf = (namespace: string, selector = ''): readonly Pod[] =>
  cluster.client
    .list(pods, { namespace, ...(selector === '' ? {} : { labelSelector: selector }) })
    .items.filter(({ metadata }) => metadata.deletionTimestamp === undefined)

const namesOf = (found: readonly Pod[]): readonly string[] => found.map(({ metadata }) => metadata.name)
const imagesOf = (found: readonly Pod[]): ReadonlySet<string | undefined> =>
  new Set(found.map(({ spec }) => spec.containers[0]?.image))

const template = (labels: Readonly<Record<string, string>>, image = 'nginx:1', spec: object = {}): object => ({
  metadata: { labels },
  spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image }], ...spec },
})

const workload = (kind: string, name: string, spec: object): object => {
  const group = kind === 'ReplicationController' ? 'v1' : /Job$/.test(kind) ? 'batch/v1' : 'apps/v1'
  return { apiVersion: group, kind, metadata: { name }, spec }
}

const script = (text: string): object => ({
  restartPolicy: 'Never',
  containers: [{ name: 'main', image: 'busybox', command: ['sh', '-c', text] }],
})

describe('rung 3: endpoints', () => {
  test('of a Service nobody is behind: Endpoints without subsets, one empty slice, both gone with it', async () => {
    const namespace = await newNamespace()
    await apply(namespace, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'alone' },
      spec: { selector: { app: 'nobody' }, ports: [{ port: 80 }] },
    })
    await cluster.advance('2s')
    const slices = () => cluster.client.list(endpointSlices, { namespace }).items
    expect(cluster.client.get(endpoints, { namespace, name: 'alone' }).subsets ?? []).toEqual([])
    expect(slices()).toHaveLength(1)
    expect(slices()[0]).toMatchObject({
      metadata: {
        labels: {
          'kubernetes.io/service-name': 'alone',
          'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        },
      },
      endpoints: [],
    })
    cluster.client.delete(services, { namespace, name: 'alone' })
    await cluster.advance('5s')
    expect(cluster.client.find(endpoints, { namespace, name: 'alone' })).toBeUndefined()
    expect(slices()).toEqual([])
  })

  test('made by hand are mirrored, follow each change, and go with them; an update without a version is taken', async () => {
    const namespace = await newNamespace()
    const metadata = { namespace, name: 'mirrored' }
    await apply(namespace, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'mirrored' },
      spec: { ports: [{ name: 'http', port: 80 }] },
    })
    const subsets = (ip: string, port: number): object => [
      { addresses: [{ ip }], ports: [{ name: 'http', port, protocol: 'TCP' }] },
    ]
    await apply(namespace, {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name: 'mirrored' },
      subsets: subsets('10.1.2.3', 80),
    })
    await cluster.advance('2s')
    const shown = (): readonly string[] =>
      cluster.client
        .list(endpointSlices, { namespace, labelSelector: 'kubernetes.io/service-name=mirrored' })
        .items.map(
          (slice) =>
            `${slice.endpoints?.[0]?.addresses[0]}:${slice.ports?.[0]?.port} ${slice.metadata.labels?.['endpointslice.kubernetes.io/managed-by']}`,
        )
    expect(shown()).toEqual(['10.1.2.3:80 endpointslicemirroring-controller.k8s.io'])
    const object = { apiVersion: 'v1', kind: 'Endpoints', metadata, subsets: subsets('10.2.3.4', 9090) }
    cluster.client.update(endpoints, object as never)
    await cluster.advance('2s')
    expect(shown()).toEqual(['10.2.3.4:9090 endpointslicemirroring-controller.k8s.io'])
    cluster.client.delete(endpoints, metadata)
    await cluster.advance('5s')
    expect(shown()).toEqual([])
  })
})

describe.each([
  { kind: 'ReplicaSet', type: replicaSets },
  { kind: 'ReplicationController', type: replicationControllers },
] as const)('$kind', ({ kind, type: own }) => {
  // What is asked here, both have.
  const type = own as ResourceType<ReplicaSet>
  const labels = { app: 'replica' }
  const replicas = (count: number, spec = template(labels)): object =>
    workload(kind, 'set', {
      replicas: count,
      selector: kind === 'ReplicaSet' ? { matchLabels: labels } : labels,
      template: spec,
    })

  test('every replica answers with its own name', async () => {
    const namespace = await newNamespace()
    const spec = {
      containers: [{ name: 'main', image: AGNHOST, args: ['serve-hostname'], ports: [{ containerPort: 9376 }] }],
    }
    await apply(namespace, replicas(2, template(labels, AGNHOST, spec)))
    await cluster.settle()
    const found = podsOf(namespace)
    expect(found).toHaveLength(2)
    for (const { metadata, status } of found) {
      const reply = await cluster.node('node-1').fetch(`http://${status?.podIP}:9376/`)
      expect(await reply.text()).toBe(metadata.name)
    }
  })

  test('a pod that matches is adopted, one that no longer does is released and replaced', async () => {
    const namespace = await newNamespace()
    await apply(namespace, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'orphan', labels },
      spec: { containers: [{ name: 'main', image: 'nginx:1' }] },
    })
    await cluster.settle()
    await apply(namespace, replicas(1))
    await cluster.settle()
    const orphan = (): Pod => cluster.client.get(pods, { namespace, name: 'orphan' })
    expect(namesOf(podsOf(namespace))).toEqual(['orphan'])
    expect(orphan().metadata.ownerReferences?.[0]).toMatchObject({ kind, name: 'set', controller: true })
    cluster.client.modify(
      pods,
      { namespace, name: 'orphan' },
      (draft) => void (draft.metadata.labels = { app: 'free' }),
    )
    await cluster.settle()
    expect(orphan().metadata.ownerReferences ?? []).toEqual([])
    expect(podsOf(namespace, 'app=replica')).toHaveLength(1)
  })

  test('a quota shows as a condition, which goes when there is room', async () => {
    const namespace = await newNamespace()
    const quota = (count: string): object => ({
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'two' },
      spec: { hard: { pods: count } },
    })
    await apply(namespace, quota('2'))
    await cluster.advance('2s')
    await apply(namespace, replicas(3))
    await cluster.advance('20s')
    const conditions = () => cluster.client.get(type, { namespace, name: 'set' }).status?.conditions ?? []
    expect(conditions()).toMatchObject([{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate' }])
    cluster.client.modify(type, { namespace, name: 'set' }, (draft) => void (draft.spec.replicas = 2))
    await cluster.advance('20s')
    expect(conditions()).toEqual([])
    expect(cluster.client.get(type, { namespace, name: 'set' }).status?.replicas).toBe(2)
  })
})

describe('Deployment', () => {
  const labels = { app: 'web' }
  const web = (spec: object, image = 'nginx:1'): object =>
    workload('Deployment', 'web', {
      replicas: 4,
      selector: { matchLabels: labels },
      template: template(labels, image),
      ...spec,
    })
  const setImage = (namespace: string, image: string): void => {
    cluster.client.modify(deployments, { namespace, name: 'web' }, (draft) => {
      const [container] = draft.spec.template.spec?.containers ?? []
      if (container !== undefined) container.image = image
    })
  }

  test('RollingUpdate keeps within its bounds all the way', async () => {
    const namespace = await newNamespace()
    await apply(namespace, web({ strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } } }))
    await cluster.settle()
    let most = 0
    let least = Infinity
    const watch = cluster.client.watch(pods, { namespace }, () => {
      const found = podsOf(namespace)
      most = Math.max(most, found.length)
      least = Math.min(
        least,
        found.filter(({ status }) =>
          status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
        ).length,
      )
    })
    setImage(namespace, 'nginx:2')
    await cluster.settle()
    watch.stop()
    expect(imagesOf(podsOf(namespace))).toEqual(new Set(['nginx:2']))
    expect(most).toBe(5)
    expect(least).toBe(3)
  })

  test('Recreate has no two versions at once', async () => {
    const namespace = await newNamespace()
    await apply(namespace, web({ strategy: { type: 'Recreate' } }))
    await cluster.settle()
    const mixed: string[] = []
    const watch = cluster.client.watch(pods, { namespace }, () => {
      // A pod that has ended may still be on its way out.
      const alive = ({ status }: Pod): boolean => !/^(Succeeded|Failed)$/.test(status?.phase ?? '')
      const images = imagesOf(cluster.client.list(pods, { namespace }).items.filter(alive))
      if (images.size > 1) mixed.push([...images].join())
    })
    setImage(namespace, 'nginx:2')
    await cluster.settle()
    watch.stop()
    expect(mixed).toEqual([])
    expect(imagesOf(podsOf(namespace))).toEqual(new Set(['nginx:2']))
  })

  test('a rollover leaves a version that never became ready behind; old ReplicaSets go by revisionHistoryLimit', async () => {
    const namespace = await newNamespace()
    await apply(namespace, web({ revisionHistoryLimit: 1 }))
    await cluster.settle()
    setImage(namespace, 'nginx:2')
    await cluster.advance('300ms')
    setImage(namespace, 'nginx:3')
    await cluster.settle()
    setImage(namespace, 'nginx:4')
    await cluster.settle()
    expect(imagesOf(podsOf(namespace))).toEqual(new Set(['nginx:4']))
    const sets = cluster.client.list(replicaSets, { namespace }).items
    expect(new Set(sets.map(({ spec }) => spec.replicas))).toEqual(new Set([0, 4]))
    expect(sets).toHaveLength(2)
    expect(cluster.client.get(deployments, { namespace, name: 'web' }).metadata.annotations).toMatchObject({
      'deployment.kubernetes.io/revision': '4',
    })
  })

  test('scaled while it cannot go on: both versions grow in proportion', async () => {
    const namespace = await newNamespace()
    await apply(namespace, web({ replicas: 10, strategy: { rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } } }))
    await cluster.settle()
    cluster.client.modify(deployments, { namespace, name: 'web' }, (draft) => {
      draft.spec.template.spec = { ...draft.spec.template.spec, containers: [{ name: 'main', image: 'UPPER/none' }] }
    })
    await cluster.advance('30s')
    const counts = (): readonly (number | undefined)[] =>
      cluster.client
        .list(replicaSets, { namespace })
        .items.map(({ spec }) => spec.replicas)
        .sort((a, b) => (b ?? 0) - (a ?? 0))
    expect(counts()).toEqual([8, 5])
    cluster.client.modify(deployments, { namespace, name: 'web' }, (draft) => void (draft.spec.replicas = 30))
    await cluster.advance('30s')
    expect(counts()).toEqual([20, 13])
  })
})

describe('DaemonSet', () => {
  const labels = { app: 'daemon' }
  const daemon = (spec: object = {}, podSpec: object = {}): object =>
    workload('DaemonSet', 'daemon', {
      selector: { matchLabels: labels },
      template: template(labels, 'nginx:1', podSpec),
      ...spec,
    })

  test('follows the labels of nodes, and replaces a pod that failed', async () => {
    const namespace = await newNamespace()
    await apply(namespace, daemon({}, { nodeSelector: { color: 'blue' } }))
    await cluster.settle()
    expect(podsOf(namespace)).toEqual([])
    const paint = (color: string): void => {
      cluster.client.modify(
        nodes,
        { name: 'node-2' },
        (draft) => void (draft.metadata.labels = { ...draft.metadata.labels, color }),
      )
    }
    paint('blue')
    await cluster.settle()
    const [first] = podsOf(namespace)
    expect(first?.spec.nodeName).toBe('node-2')
    if (first !== undefined) {
      cluster.client.update(pods, { ...first, status: { ...first.status, phase: 'Failed' } }, { subresource: 'status' })
    }
    await cluster.settle()
    expect(podsOf(namespace)).toHaveLength(1)
    expect(namesOf(podsOf(namespace))).not.toEqual([first?.metadata.name])
    paint('green')
    await cluster.settle()
    expect(podsOf(namespace)).toEqual([])
  })

  test('RollingUpdate renews every node and leaves a revision each; the template of before uses its revision again', async () => {
    const namespace = await newNamespace()
    await apply(namespace, daemon())
    await cluster.settle()
    const setImage = (image: string): void => {
      cluster.client.modify(daemonSets, { namespace, name: 'daemon' }, (draft) => {
        draft.spec.template.spec = { ...draft.spec.template.spec, containers: [{ name: 'main', image }] }
      })
    }
    setImage('nginx:2')
    await cluster.settle()
    expect(podsOf(namespace)).toHaveLength(3)
    expect(imagesOf(podsOf(namespace))).toEqual(new Set(['nginx:2']))
    const revisions = (): readonly number[] =>
      cluster.client
        .list(controllerRevisions, { namespace })
        .items.map(({ revision }) => revision)
        .sort((a, b) => a - b)
    expect(revisions()).toEqual([1, 2])
    setImage('nginx:1')
    await cluster.settle()
    expect(imagesOf(podsOf(namespace))).toEqual(new Set(['nginx:1']))
    expect(revisions()).toEqual([2, 3])
  })
})

describe('StatefulSet', () => {
  const labels = { app: 'ordered' }
  const ordered = (spec: object): object =>
    workload('StatefulSet', 'db', {
      serviceName: 'db',
      selector: { matchLabels: labels },
      template: template(labels),
      ...spec,
    })

  test('comes up in order, halts at a pod that is not ready, and goes down backwards', async () => {
    const namespace = await newNamespace()
    const probe = { readinessProbe: { exec: { command: ['test', '-f', '/ready'] }, periodSeconds: 1 } }
    await apply(
      namespace,
      ordered({
        replicas: 3,
        template: template(labels, 'nginx:1', { containers: [{ name: 'main', image: 'nginx:1', ...probe }] }),
      }),
    )
    await cluster.advance('20s')
    for (const expected of [['db-0'], ['db-0', 'db-1'], ['db-0', 'db-1', 'db-2']]) {
      expect(namesOf(podsOf(namespace))).toEqual(expected)
      await cluster.pod(`${namespace}/${expected.at(-1)}`).exec(['touch', '/ready'])
      await cluster.advance('20s')
    }
    cluster.client.modify(statefulSets, { namespace, name: 'db' }, (draft) => void (draft.spec.replicas = 0))
    const left: string[] = []
    const watch = cluster.client.watch(pods, { namespace }, ({ type, object }) => {
      if (type === 'DELETED') left.push(object.metadata.name)
    })
    await cluster.advance('60s')
    watch.stop()
    expect(left).toEqual(['db-2', 'db-1', 'db-0'])
  })

  test('a partition renews the upper part; a deleted pod comes back as what its ordinal is', async () => {
    const namespace = await newNamespace()
    await apply(namespace, ordered({ replicas: 3, updateStrategy: { rollingUpdate: { partition: 2 } } }))
    await cluster.settle()
    cluster.client.modify(statefulSets, { namespace, name: 'db' }, (draft) => {
      draft.spec.template.spec = { ...draft.spec.template.spec, containers: [{ name: 'main', image: 'nginx:2' }] }
    })
    await cluster.settle()
    const images = (): readonly (string | undefined)[] => podsOf(namespace).map(({ spec }) => spec.containers[0]?.image)
    expect(images()).toEqual(['nginx:1', 'nginx:1', 'nginx:2'])
    cluster.client.delete(pods, { namespace, name: 'db-0' })
    await cluster.settle()
    expect(images()).toEqual(['nginx:1', 'nginx:1', 'nginx:2'])
    cluster.client.modify(statefulSets, { namespace, name: 'db' }, (draft) => {
      draft.spec.updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition: 0 } }
    })
    await cluster.settle()
    expect(images()).toEqual(['nginx:2', 'nginx:2', 'nginx:2'])
  })
})

describe('Job and CronJob', () => {
  test('runs to completion though its containers fail in between, restarted in place', async () => {
    const namespace = await newNamespace()
    const flaky = {
      ...script('if [ -f /data/again ]; then exit 0; fi; touch /data/again; exit 1'),
      restartPolicy: 'OnFailure',
    }
    const containers = [
      {
        name: 'main',
        image: 'busybox',
        command: ['sh', '-c', 'if [ -f /data/again ]; then exit 0; fi; touch /data/again; exit 1'],
        volumeMounts: [{ name: 'data', mountPath: '/data' }],
      },
    ]
    await apply(
      namespace,
      workload('Job', 'flaky', {
        completions: 3,
        parallelism: 2,
        template: { spec: { ...flaky, containers, volumes: [{ name: 'data', emptyDir: {} }] } },
      }),
    )
    await cluster.advance('2m')
    const { status } = cluster.client.get(jobs, { namespace, name: 'flaky' })
    expect(status).toMatchObject({ succeeded: 3 })
    expect(status?.conditions?.map(({ type }) => type)).toEqual(['SuccessCriteriaMet', 'Complete'])
    expect(podsOf(namespace).map((pod) => pod.status?.containerStatuses?.[0]?.restartCount)).toEqual([1, 1, 1])
  })

  test('Indexed: each index once, with its number in the name, the host name and the environment', async () => {
    const namespace = await newNamespace()
    await apply(
      namespace,
      workload('Job', 'indexed', {
        completions: 3,
        parallelism: 3,
        completionMode: 'Indexed',
        template: { spec: script('hostname; echo $JOB_COMPLETION_INDEX') },
      }),
    )
    await cluster.advance('30s')
    expect(cluster.client.get(jobs, { namespace, name: 'indexed' }).status).toMatchObject({ completedIndexes: '0-2' })
    const logs = podsOf(namespace)
      .map(({ metadata }) => cluster.pod(`${namespace}/${metadata.name}`).logs())
      .sort((a, b) => (a < b ? -1 : 1))
    expect(logs).toEqual(['indexed-0\n0\n', 'indexed-1\n1\n', 'indexed-2\n2\n'])
  })

  test.each([
    { policy: 'Allow', active: 3 },
    { policy: 'Forbid', active: 1 },
    { policy: 'Replace', active: 1 },
  ])('a CronJob that takes longer than its period, $policy', async ({ policy, active }) => {
    const namespace = await newNamespace()
    const jobTemplate = { spec: { template: { spec: script('sleep 1000') } } }
    await apply(
      namespace,
      workload('CronJob', 'slow', { schedule: '* * * * *', concurrencyPolicy: policy, jobTemplate }),
    )
    await cluster.advance('200s')
    expect(cluster.client.get(cronJobs, { namespace, name: 'slow' }).status?.active).toHaveLength(active)
    const started = cluster.client.list(jobs, { namespace }).items.map(({ metadata }) => metadata.name)
    cluster.client.modify(cronJobs, { namespace, name: 'slow' }, (draft) => void (draft.spec.suspend = true))
    await cluster.advance('200s')
    expect(cluster.client.list(jobs, { namespace }).items.map(({ metadata }) => metadata.name)).toEqual(started)
  })
})

describe('PodDisruptionBudget', () => {
  const labels = { app: 'guarded' }
  const evict = (namespace: string, name: string): number => {
    try {
      cluster.client.create(
        pods,
        { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { namespace, name } } as never,
        { subresource: 'eviction' },
      )
      return 201
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      return error.status.code ?? 0
    }
  }

  test('refuses an eviction that would go below it, and allows the next when a replacement is ready', async () => {
    const namespace = await newNamespace()
    await apply(
      namespace,
      workload('Deployment', 'guarded', { replicas: 2, selector: { matchLabels: labels }, template: template(labels) }),
      {
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { name: 'one' },
        spec: { minAvailable: 1, selector: { matchLabels: labels } },
      },
    )
    await cluster.advance('30s')
    const budget = () => cluster.client.get(podDisruptionBudgets, { namespace, name: 'one' }).status
    expect(budget()).toMatchObject({ currentHealthy: 2, desiredHealthy: 1, disruptionsAllowed: 1, expectedPods: 2 })
    const [first = '', second = ''] = namesOf(podsOf(namespace))
    expect(evict(namespace, first)).toBe(201)
    expect(evict(namespace, second)).toBe(429)
    await cluster.advance('30s')
    expect(budget()).toMatchObject({ currentHealthy: 2, disruptionsAllowed: 1 })
    expect(evict(namespace, second)).toBe(201)
    await cluster.advance('30s')
    expect(podsOf(namespace)).toHaveLength(2)
  })
})
