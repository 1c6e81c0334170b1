// What going back in time costs, and what a seed of a scenario does: forks of a large cluster, clusters beside each other, a rollout
// under load, and recording the trace.

import { createCluster } from '@podwire/sim'

let seed = 1

const web = (replicas, image = 'nginx:1.26', more = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image, ports: [{ containerPort: 80 }], ...more }] },
    },
  },
})
const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
}
const client = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'client' },
  spec: { containers: [{ name: 'client', image: 'busybox', command: ['sleep', '100000'] }] },
}

/** Milliseconds of processor time since `before`: a busy machine changes them less than the clock's. */
const processorTime = (before) => {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

let large

/** One cluster for all runs: what it takes to get there is no part of the figures. */
async function largeCluster(count) {
  if (large === undefined) {
    large = await createCluster({ nodes: Math.max(10, count / 100), ingress: false, flowTraces: false })
    await large.apply([web(count)])
    await large.settle()
  }
  return large
}

/** A fork of a cluster of `count` pods, to the handle: milliseconds. */
async function forkOf(count) {
  const cluster = await largeCluster(count)
  const start = performance.now()
  const fork = cluster.fork()
  const elapsed = performance.now() - start
  const seen = fork.pods({ app: 'web' }).length
  if (seen !== count) throw new Error(`the fork shows ${seen} pods`)
  await fork.stop()
  return elapsed
}

/** How much longer a fork's run up to its moment takes than the cluster's own run there took. */
async function catchingUp(count) {
  const first = process.cpuUsage()
  const cluster = await createCluster({ nodes: 10, ingress: false, flowTraces: false, seed: seed++ })
  await cluster.apply([web(count)])
  await cluster.settle()
  const there = processorTime(first)
  const again = process.cpuUsage()
  const fork = await cluster.fork().ready()
  const ratio = processorTime(again) / there
  if (fork.traceHash !== cluster.traceHash) throw new Error('the fork is another run')
  await Promise.all([fork.stop(), cluster.stop()])
  return ratio
}

/** Bytes of heap that one more idle cluster of three nodes keeps: a twentieth of twenty. */
async function extraCluster(collect) {
  const heap = () => {
    collect()
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }
  const first = await createCluster({ seed: seed++ })
  const before = heap()
  const clusters = []
  for (let i = 0; i < 20; i++) clusters.push(await createCluster({ seed: seed++ }))
  const each = (heap() - before) / clusters.length
  for (const cluster of [first, ...clusters]) await cluster.stop()
  return each
}

/** A Deployment of six on three nodes is rolled out while 1,000 requests are sent, boot included: processor time. */
async function rollout() {
  const probe = { readinessProbe: { httpGet: { path: '/', port: 80 }, periodSeconds: 1 } }
  const before = process.cpuUsage()
  const cluster = await createCluster({ nodes: 3, ingress: false, flowTraces: false, seed: seed++ })
  await cluster.apply([service, web(6, 'nginx:1.26', probe), client])
  await cluster.settle()
  const load = await cluster.pod('client').startLoad('http://web/', { everyMs: 20 })
  await cluster.apply([web(6, 'nginx:1.27', probe)])
  await cluster.advance('20s')
  const { requests } = await load.stop()
  const elapsed = processorTime(before)
  await cluster.settle()
  const rolled = cluster.pods({ app: 'web' }).filter(({ ready }) => ready).length
  if (requests < 1000 || rolled !== 6) throw new Error(`${requests} requests, ${rolled} pods`)
  await cluster.stop()
  return elapsed
}

let traced

/** How much longer requests take while the trace is recorded than in the same run without. */
async function recording(times) {
  if (traced === undefined) {
    traced = await createCluster({ ingress: false, flowTraces: false })
    await traced.apply([service, web(6), client])
    await traced.settle()
  }
  const run = async () => {
    const before = process.cpuUsage()
    await traced.pod('client').load('http://web/', { times })
    return processorTime(before)
  }
  let without = 0
  let recorded = 0
  // Turn by turn, so that both meet the same machine.
  for (let i = 0; i < 5; i++) {
    without += await run()
    const trace = traced.trace()
    recorded += await run()
    if (trace.events().length === 0) throw new Error('nothing was recorded')
    trace[Symbol.dispose]()
  }
  return recorded / without
}

let pair

/** How much longer requests take with flow traces on than without: two clusters alike, turn by turn. */
async function flowTracing(times) {
  pair ??= await Promise.all(
    [true, false].map(async (flowTraces) => {
      const cluster = await createCluster({ ingress: false, flowTraces })
      await cluster.apply([service, web(6), client])
      await cluster.settle()
      return { cluster, took: 0 }
    }),
  )
  for (const side of pair) side.took = 0
  for (let i = 0; i < 5; i++) {
    for (const side of pair) {
      const before = process.cpuUsage()
      await side.cluster.pod('client').load('http://web/', { times })
      side.took += processorTime(before)
    }
  }
  return pair[0].took / pair[1].took
}

/** The peer has no such rows. */
export const sideOf = () => ({ forkOf, catchingUp, extraCluster, rollout, recording, flowTracing })
