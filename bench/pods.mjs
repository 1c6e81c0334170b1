// What pods cost: an hour of probes, a life from creation to deletion, and the memory of one that does nothing.

import { events, pods } from '@podwire/apiserver'
import { createCluster } from '@podwire/sim'

let seed = 1

const probe = { httpGet: { path: '/', port: 80 }, periodSeconds: 10 }
const probes = { startupProbe: probe, livenessProbe: probe, readinessProbe: probe }

const nginx = (replicas, more = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'nginx', ports: [{ containerPort: 80 }], ...more }] },
    },
  },
})

/** 100 pods a node, ten nodes at least. */
const clusterFor = (count) =>
  createCluster({ nodes: Math.max(10, Math.ceil(count / 100)), seed: seed++, flowTraces: false })

/** Milliseconds since `before`: a busy machine changes them less than the clock's. */
const processorTime = (before) => {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

const assertReady = (cluster, count) => {
  const ready = cluster.pods({ app: 'web' }).filter((pod) => pod.ready).length
  if (ready !== count) throw new Error(`${ready} of ${count} pods are Ready`)
}

/** One virtual hour of `count` pods with three probes each, from the moment all are Ready. */
async function probedHour(count) {
  const cluster = await clusterFor(count)
  await cluster.apply([nginx(count, probes)])
  await cluster.settle()
  assertReady(cluster, count)
  const before = process.cpuUsage()
  await cluster.advance('1h')
  const elapsed = processorTime(before)
  assertReady(cluster, count)
  // Every probe was really asked: the first pod's access log has two a period.
  const asked = cluster.pods({ app: 'web' })[0].logs().split('\n').length
  if (asked < 700) throw new Error(`a pod was asked ${asked} times in an hour`)
  await cluster.stop()
  return elapsed
}

/** `count` pods created, all Ready, and deleted. */
async function podLives(count) {
  const cluster = await clusterFor(count)
  const before = process.cpuUsage()
  await cluster.apply([nginx(count)])
  await cluster.settle()
  assertReady(cluster, count)
  await cluster.delete([nginx(count)])
  await cluster.settle()
  const elapsed = processorTime(before)
  if (cluster.pods({ app: 'web' }).length > 0) throw new Error('pods are left')
  const resident = process.memoryUsage().rss
  if (resident > 1.5e9) throw new Error(`${Math.round(resident / 1e6)} MB resident`)
  await cluster.stop()
  return elapsed
}

/** Bytes of heap per pod, without its API object and its Events, as a copy of them takes. */
async function heapAtRest(count, collect) {
  const cluster = await clusterFor(count)
  const heap = () => {
    collect()
    return process.memoryUsage().heapUsed
  }
  const empty = heap()
  await cluster.apply([nginx(count)])
  await cluster.settle()
  assertReady(cluster, count)
  // Older versions of objects are the API server's history, which is bounded, and go when others are written.
  await cluster.advance('2m')
  const full = heap()
  const { client } = cluster
  const made = [pods, events].flatMap((type) => client.list(type, { namespace: 'default' }).items)
  const copies = made.map((object) => JSON.parse(JSON.stringify(object)))
  const withCopies = heap()
  const objects = withCopies - full
  if (copies.length < count) throw new Error('no copies')
  await cluster.stop()
  return (full - empty - objects) / count
}

/** The peer has no such rows. */
export const sideOf = () => ({ probedHour, podLives, heapAtRest })
