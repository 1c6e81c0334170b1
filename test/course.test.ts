// The course's sessions as scenarios: labels, ReplicationController, ReplicaSet, DaemonSet, Job, CronJob and probes as its third part
// shows them, and from its first part a Service whose pods fail their checks. In virtual time; an hour passes in a moment.

import { createCluster, type Cluster } from '@podwire/sim'
import {
  cronJobs,
  deployments,
  endpoints,
  jobs,
  nodes,
  pods,
  replicaSets,
  replicationControllers,
} from '@podwire/apiserver'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

let cluster: Cluster
beforeEach(async () => {
  cluster = await createCluster({ nodes: 3, seed: 3, ingress: false, flowTraces: false })
})
afterEach(() => cluster.stop())

const names = (selector: string, namespace = 'default'): readonly string[] =>
  cluster.client.list(pods, { namespace, labelSelector: selector }).items.map(({ metadata }) => metadata.name)

const kubia = (labels: string): string => `
    metadata: { labels: ${labels} }
    spec: { terminationGracePeriodSeconds: 1, containers: [{ name: kubia, image: luksa/kubia, ports: [{ containerPort: 8080 }] }] }`

describe('part three: labels and replicas', () => {
  test('pods are found by their labels, and labels are added, changed and taken away', async () => {
    await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: { name: kubia-manual, labels: { app: test, noderole: master } }
spec: { containers: [{ name: kubia, image: kubia/manual }] }
---
apiVersion: v1
kind: Pod
metadata: { name: kubia-manual-v2, labels: { creation_method: manual, env: prod } }
spec: { containers: [{ name: kubia, image: kubia/manual }] }
`)
    await cluster.settle()
    expect(names('creation_method=manual')).toEqual(['kubia-manual-v2'])
    expect(names('env')).toEqual(['kubia-manual-v2'])
    expect(names('!env')).toEqual(['kubia-manual'])
    expect(names('env in (prod,debug)')).toEqual(['kubia-manual-v2'])
    cluster.client.modify(pods, { namespace: 'default', name: 'kubia-manual-v2' }, (draft) => {
      Object.assign(draft.metadata.labels ?? {}, { env: 'debug' })
    })
    expect([names('env=prod'), names('env=debug')]).toEqual([[], ['kubia-manual-v2']])
  })

  test('a node label decides where a pod goes; without such a node it waits', async () => {
    await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: { name: kubia-gpu }
spec: { nodeSelector: { gpu: "true" }, containers: [{ name: kubia, image: luksa/kubia }] }
`)
    await cluster.settle()
    expect(cluster.pod('kubia-gpu').object.status?.phase).toBe('Pending')
    cluster.client.modify(nodes, { name: 'node-2' }, (draft) => {
      Object.assign(draft.metadata.labels ?? {}, { gpu: 'true' })
    })
    await cluster.advance('30s')
    expect([cluster.pod('kubia-gpu').node, cluster.pod('kubia-gpu').ready]).toEqual(['node-2', true])
  })

  test('a ReplicationController: scaled, a pod taken out by its label, and deleted without its pods', async () => {
    const controller = { namespace: 'default', name: 'kubia' }
    await cluster.apply(`
apiVersion: v1
kind: ReplicationController
metadata: { name: kubia }
spec:
  replicas: 3
  selector: { app: test }
  template:${kubia('{ app: test }')}
`)
    await cluster.settle()
    expect(names('app=test')).toHaveLength(3)
    cluster.client.modify(replicationControllers, controller, (draft) => {
      Object.assign(draft.spec, { replicas: 10 })
    })
    await cluster.settle()
    expect(cluster.client.get(replicationControllers, controller).status?.readyReplicas).toBe(10)
    const [taken = ''] = names('app=test')
    cluster.client.modify(pods, { namespace: 'default', name: taken }, (draft) => {
      Object.assign(draft.metadata.labels ?? {}, { app: 'foo' })
    })
    await cluster.settle()
    expect([names('app=test').length, names('app=foo')]).toEqual([10, [taken]])
    // kubectl delete rc kubia --cascade=false
    cluster.client.delete(replicationControllers, controller, { propagationPolicy: 'Orphan' })
    await cluster.advance('1m')
    expect(cluster.client.find(replicationControllers, controller)).toBeUndefined()
    expect(names('app=test')).toHaveLength(10)
    expect(cluster.pods({ app: 'test' }).every(({ object }) => object.metadata.ownerReferences === undefined)).toBe(
      true,
    )
  })

  test('a ReplicaSet with matchExpressions: In, NotIn, Exists and DoesNotExist, all of them at once', async () => {
    await cluster.apply(`
apiVersion: apps/v1
kind: ReplicaSet
metadata: { name: kubia }
spec:
  replicas: 3
  selector:
    matchExpressions:
      - { key: app, operator: In, values: [kubia, test] }
      - { key: env, operator: NotIn, values: [prod] }
      - { key: rel, operator: Exists }
      - { key: old, operator: DoesNotExist }
  template:${kubia('{ app: kubia, rel: beta }')}
`)
    await cluster.settle()
    expect(names('app=kubia')).toHaveLength(3)
    const [one = '', two = '', three = ''] = names('app=kubia')
    const relabel = (name: string, labels: object): void => {
      cluster.client.modify(pods, { namespace: 'default', name }, (draft) => {
        Object.assign(draft.metadata.labels ?? {}, labels)
      })
    }
    relabel(one, { env: 'prod' })
    relabel(two, { old: 'yes' })
    relabel(three, { app: 'test' })
    await cluster.settle()
    // Two stopped matching and were replaced, the third is still in the set.
    expect(names('app in (kubia,test),env notin (prod),rel,!old')).toHaveLength(3)
    expect(names('app in (kubia,test)')).toHaveLength(5)
    expect(cluster.client.get(replicaSets, { namespace: 'default', name: 'kubia' }).status?.readyReplicas).toBe(3)
  })

  test('a DaemonSet on nodes with a label follows the label, also onto a node nobody may schedule to', async () => {
    const label = (node: string, disk: string): void => {
      cluster.client.modify(nodes, { name: node }, (draft) => {
        Object.assign(draft.metadata.labels ?? {}, { disk })
      })
    }
    await cluster.apply(`
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: ssd-monitor }
spec:
  selector: { matchLabels: { app: ssd-monitor } }
  template:
    metadata: { labels: { app: ssd-monitor } }
    spec:
      terminationGracePeriodSeconds: 1
      nodeSelector: { disk: ssd }
      containers: [{ name: main, image: luksa/ssd-monitor }]
`)
    await cluster.advance('10s')
    expect(names('app=ssd-monitor')).toEqual([])
    label('node-1', 'ssd')
    cluster.node('node-3').cordon()
    label('node-3', 'ssd')
    await cluster.advance('20s')
    const monitors = cluster.pods({ app: 'ssd-monitor' })
    expect(monitors.map(({ node }) => node).sort((a = '', b = '') => (a < b ? -1 : 1))).toEqual(['node-1', 'node-3'])
    expect(monitors[0]?.logs()).toMatch(/^(SSD OK\n){2,}$/)
    label('node-1', 'hdd')
    await cluster.advance('10s')
    expect(cluster.pods({ app: 'ssd-monitor' }).map(({ node }) => node)).toEqual(['node-3'])
  })

  test('a Job runs five times, two at once, and is complete', async () => {
    await cluster.apply(`
apiVersion: batch/v1
kind: Job
metadata: { name: batch-job }
spec:
  completions: 5
  parallelism: 2
  template:
    metadata: { labels: { app: batch-job } }
    spec: { restartPolicy: OnFailure, containers: [{ name: main, image: luksa/batch-job }] }
`)
    let most = 0
    for (let i = 0; i < 40; i++) {
      await cluster.advance('15s')
      const running = cluster.pods({ app: 'batch-job' }).filter(({ object }) => object.status?.phase === 'Running')
      most = Math.max(most, running.length)
    }
    const { status } = cluster.client.get(jobs, { namespace: 'default', name: 'batch-job' })
    expect([most, status?.succeeded]).toEqual([2, 5])
    expect(status?.conditions?.find(({ type }) => type === 'Complete')?.status).toBe('True')
  })

  test('a CronJob runs every quarter of an hour', async () => {
    await cluster.apply(`
apiVersion: batch/v1
kind: CronJob
metadata: { name: cron-job }
spec:
  schedule: "0,15,30,45 * * * *"
  successfulJobsHistoryLimit: 10
  jobTemplate:
    spec:
      template:
        metadata: { labels: { app: cron-job } }
        spec: { restartPolicy: OnFailure, containers: [{ name: main, image: luksa/batch-job }] }
`)
    await cluster.advance('1h5m')
    const made = cluster.client.list(jobs, { namespace: 'default' }).items
    expect(made.map(({ status }) => status?.succeeded)).toEqual([1, 1, 1, 1])
    const { status } = cluster.client.get(cronJobs, { namespace: 'default', name: 'cron-job' })
    expect(status?.lastScheduleTime).toBe('2026-01-01T01:00:00Z')
  })

  test('an HTTP liveness probe restarts what has stopped working', async () => {
    await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: { name: kubia-liveness }
spec:
  containers:
    - name: kubia
      image: luksa/kubia-unhealthy
      livenessProbe: { httpGet: { path: /, port: 8080 }, initialDelaySeconds: 15 }
`)
    await cluster.advance('3m')
    const [status] = cluster.pod('kubia-liveness').object.status?.containerStatuses ?? []
    expect(status?.restartCount).toBe(1)
    // kubia does not listen to SIGTERM: it takes its thirty seconds and is killed.
    expect(status?.lastState?.terminated).toMatchObject({ exitCode: 137, reason: 'Error' })
  })
})

describe('part one: the blog and its database', () => {
  const blog = (probes: string): string => `
apiVersion: v1
kind: Namespace
metadata: { name: demo }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: myblog, namespace: demo }
spec:
  replicas: 2
  selector: { matchLabels: { app: myblog } }
  template:
    metadata: { labels: { app: myblog } }
    spec:
      containers:
        - name: myblog
          image: demo/myblog:v1
          env: [{ name: MYSQL_HOST, value: mysql }, { name: MYSQL_PORT, value: "3306" }]
          ports: [{ containerPort: 8002 }]
${probes}
---
apiVersion: v1
kind: Service
metadata: { name: myblog, namespace: demo }
spec: { selector: { app: myblog }, ports: [{ port: 80, targetPort: 8002 }] }
`
  const mysql = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: mysql, namespace: demo }
spec:
  selector: { matchLabels: { app: mysql } }
  template:
    metadata: { labels: { app: mysql } }
    spec: { terminationGracePeriodSeconds: 1, containers: [{ name: mysql, image: 'mysql:5.7', ports: [{ containerPort: 3306 }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: mysql, namespace: demo }
spec: { selector: { app: mysql }, ports: [{ port: 3306 }] }
`
  const check =
    '{ httpGet: { path: /blog/index/, port: 8002 }, initialDelaySeconds: 10, periodSeconds: 10, timeoutSeconds: 2 }'
  const addresses = (): number =>
    cluster.client.get(endpoints, { namespace: 'demo', name: 'myblog' }).subsets?.[0]?.addresses?.length ?? 0

  test('a failing readiness probe takes a pod out of the Service, a passing one brings it back', async () => {
    await cluster.apply(`${blog(`          readinessProbe: ${check}`)}---${mysql}`)
    await cluster.settle()
    await cluster.advance('30s')
    expect(addresses()).toBe(2)
    const ask = (): Promise<number> =>
      cluster
        .node('node-1')
        .fetch(
          `http://${cluster.client.get(endpoints, { namespace: 'demo', name: 'myblog' }).subsets?.[0]?.addresses?.[0]?.ip}:8002/blog/index/`,
        )
        .then(({ status }) => status)
    expect(await ask()).toBe(200)
    cluster.client.modify(deployments, { namespace: 'demo', name: 'mysql' }, (draft) => {
      Object.assign(draft.spec, { replicas: 0 })
    })
    await cluster.advance('1m')
    expect(addresses()).toBe(0)
    expect(
      cluster.pods({ app: 'myblog' }).map(({ object }) => object.status?.containerStatuses?.[0]?.restartCount),
    ).toEqual([0, 0])
    cluster.client.modify(deployments, { namespace: 'demo', name: 'mysql' }, (draft) => {
      Object.assign(draft.spec, { replicas: 1 })
    })
    await cluster.advance('1m')
    expect(addresses()).toBe(2)
  })

  test('without MySQL the blog is restarted again and again, until it appears', async () => {
    await cluster.apply(blog(`          livenessProbe: ${check}\n          readinessProbe: ${check}`))
    await cluster.advance('5m')
    const restarts = (): number =>
      cluster
        .pods({ app: 'myblog' })
        .reduce((sum, { object }) => sum + (object.status?.containerStatuses?.[0]?.restartCount ?? 0), 0)
    const before = restarts()
    expect(before).toBeGreaterThanOrEqual(4)
    expect(addresses()).toBe(0)
    await cluster.apply(mysql)
    await cluster.advance('6m')
    expect(addresses()).toBe(2)
    const settled = restarts()
    await cluster.advance('10m')
    expect([restarts(), addresses()]).toEqual([settled, 2])
  })
})
