// podwire's side of the cases. Runs on the built packages (`npm test` or `npm start` builds them).

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { endpointSlices, services } from '@podwire/apiserver'
import { createCluster } from '@podwire/sim'

const app = (replicas) => [
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'web', image: 'kubia', ports: [{ containerPort: 8080 }] }] },
      },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
  },
]
const client = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'client' },
  spec: { containers: [{ name: 'c', image: 'busybox', command: ['sleep', '100000'] }] },
}

let seed = 1

/** createCluster to all system pods Ready. */
export async function boot(nodes = 3) {
  const cluster = await createCluster({ nodes, seed: seed++, flowTraces: false })
  const late = cluster.pods().filter((pod) => !pod.ready)
  if (late.length > 0) throw new Error(`not Ready after boot: ${late.map((pod) => pod.title)}`)
}

/** Deployment of 3 and a Service applied, to the first 200 through it. Boot is not counted. */
export async function firstReply() {
  const cluster = await createCluster({ seed: seed++, flowTraces: false })
  await cluster.apply([client])
  await cluster.settle()
  const start = performance.now()
  await cluster.apply(app(3))
  await cluster.settle()
  const reply = await cluster.pod('client').fetch('http://web/')
  if (reply.status !== 200) throw new Error(`status ${reply.status}`)
  return performance.now() - start
}

/** `count` pods on 10 nodes behind one Service, all Ready and in slices. Boot is not counted. */
export async function manyPods(count) {
  const cluster = await createCluster({ nodes: 10, seed: seed++, flowTraces: false })
  const start = performance.now()
  await cluster.apply(app(count))
  await cluster.settle()
  const elapsed = performance.now() - start
  const ready = cluster.pods({ app: 'web' }).filter((pod) => pod.ready).length
  if (ready !== count) throw new Error(`${ready} of ${count} pods are Ready`)
  const slices = cluster.client.list(endpointSlices, {
    namespace: 'default',
    labelSelector: 'kubernetes.io/service-name=web',
  })
  const inSlices = slices.items.reduce(
    (sum, slice) => sum + (slice.endpoints ?? []).filter(({ conditions }) => conditions?.ready === true).length,
    0,
  )
  if (inSlices !== count) throw new Error(`${inSlices} of ${count} endpoints are ready`)
  return elapsed
}

/** Requests per second, one after the other, through a ClusterIP from one pod: rules and conntrack walked, traces off. */
export async function requestsPerSecond(count, serviceCount = 1) {
  const cluster = await createCluster({ seed: seed++, flowTraces: false })
  const [deployment, web] = app(3)
  // Services beyond the first are there to be walked past; all select the same three pods.
  const others = Array.from({ length: serviceCount - 1 }, (_, i) => ({ ...web, metadata: { name: `other-${i}` } }))
  await cluster.apply([client, deployment, ...others, web])
  await cluster.settle()
  const address = cluster.client.get(services, { namespace: 'default', name: 'web' }).spec.clusterIP
  const pod = cluster.pod('client')
  await pod.load(`http://${address}/`, { times: 5000 })
  const start = performance.now()
  const { ok } = await pod.load(`http://${address}/`, { times: count })
  const elapsed = performance.now() - start
  if (ok !== count) throw new Error(`${ok} of ${count} requests were answered with 200`)
  return (count / elapsed) * 1000
}

/** What a cluster with `count` pods keeps on the heap, in bytes. */
export async function heapOf(count, collect) {
  collect()
  const before = process.memoryUsage().heapUsed
  const cluster = await createCluster({ nodes: 10, seed: seed++, flowTraces: false })
  await cluster.apply(app(count))
  await cluster.settle()
  collect()
  const used = process.memoryUsage().heapUsed - before
  await cluster.stop()
  return used
}

const COMMAND = fileURLToPath(new URL('../packages/sim/bin/podwire.js', import.meta.url))

/** Milliseconds until a Node process of its own ends, or has printed what `ready` matches. */
function processTime(args, ready) {
  return new Promise((resolve, reject) => {
    const start = performance.now()
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    let elapsed
    child.stdout.on('data', (data) => {
      output += data
      if (elapsed !== undefined || ready?.test(output) !== true) return
      elapsed = performance.now() - start
      child.kill('SIGINT')
    })
    child.once('error', reject)
    child.once('exit', (code) => {
      if (code === 0 && (ready === undefined || elapsed !== undefined)) resolve(elapsed ?? performance.now() - start)
      else reject(new Error(`podwire ${args.join(' ')} ended with ${code}`))
    })
  })
}

/** A process that does nothing: what Node itself takes. */
export const nodeAlone = () => processTime(['-e', ''])

/** A process that imports the SDK. */
export const importSdk = () =>
  processTime(['--input-type=module', '-e', `await import(${JSON.stringify(import.meta.resolve('@podwire/sim'))})`])

export const upHelp = () => processTime([COMMAND, 'up', '--help'])

/** `podwire up` to its line that starts `ready`. */
export async function upToReady() {
  const folder = mkdtempSync(join(tmpdir(), 'podwire-bench-'))
  try {
    const args = [COMMAND, 'up', '--kubeconfig', join(folder, 'kubeconfig'), '--dns-port', '0']
    return await processTime(args, /^ready /m)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
