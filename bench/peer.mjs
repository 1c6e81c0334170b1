// The named peer's side of the cases: @ngrok/webernetes, the closest simulator there is. Its cluster runs on its own clock, which
// is paused here and stepped from timer to timer as soon as all promise chains are idle: the fastest way it can run. `realTime`
// lets the clock run instead, which is how its users meet it.
//
// Its package has extensionless imports that Node cannot resolve, so it is bundled with esbuild first.

import { build } from 'esbuild'
import { fileURLToPath } from 'node:url'

const outfile = fileURLToPath(new URL('node_modules/.cache/webernetes.mjs', import.meta.url))
await build({
  entryPoints: ['@ngrok/webernetes'],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  logLevel: 'error',
  absWorkingDir: fileURLToPath(new URL('.', import.meta.url)),
})
const { BaseImage, Cluster } = await import(outfile)

class Kubia extends BaseImage {
  static imageName = 'kubia'
  static imageVersion = 'latest'
  defaultCommand = ['server']

  async exec(context) {
    context.listenHttp(8080, async () => ({ statusCode: 200, body: "You've hit kubia\n" }))
    return await context.waitUntilKilled()
  }
}

let clientContext
class Client extends BaseImage {
  static imageName = 'client'
  static imageVersion = 'latest'
  defaultCommand = ['wait']

  async exec(context) {
    clientContext = context
    return await context.waitUntilKilled()
  }
}

const client = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'client', namespace: 'default' },
  spec: { containers: [{ name: 'c', image: 'client' }] },
}

const deployment = (replicas) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'kubia', ports: [{ containerPort: 8080 }] }] },
    },
  },
})

const service = (name = 'web') => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
})

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** A cluster with its pods and slices kept as its informers tell them. */
class Peer {
  pods = new Map()
  slices = new Map()

  constructor(nodes, realTime) {
    this.realTime = realTime
    this.cluster = new Cluster({ nodes })
    this.cluster.registerImage(Kubia)
    this.cluster.registerImage(Client)
    if (!realTime) this.cluster.pause()
  }

  follow(resource, known) {
    this.cluster.informer(resource, (type, object) => {
      if (type === 'delete') known.delete(object.metadata.uid)
      else known.set(object.metadata.uid, object)
    })
  }

  async boot() {
    await this.until(this.cluster.init())
    this.follow('pods', this.pods)
    this.follow('endpointslices', this.slices)
    await this.untilHolds(() => this.pods.size > 0 && [...this.pods.values()].every(isReady))
  }

  async until(promise) {
    let settled = false
    const mark = () => void (settled = true)
    promise.then(mark, mark)
    await this.untilHolds(() => settled)
    return await promise
  }

  async untilHolds(done) {
    const { clock } = this.cluster
    for (;;) {
      await turn()
      if (done()) return
      if (this.realTime) continue
      let due = Infinity
      for (const task of clock.tasks.values()) if (!task.cancelled && task.dueAtMs < due) due = task.dueAtMs
      clock.step(due === Infinity ? 1 : Math.max(0, due - clock.nowMs()))
    }
  }

  readyPods(app) {
    return [...this.pods.values()].filter((pod) => pod.metadata.labels?.app === app && isReady(pod)).length
  }

  readyEndpoints() {
    let count = 0
    for (const slice of this.slices.values()) {
      if (slice.metadata.labels?.['kubernetes.io/service-name'] !== 'web') continue
      for (const endpoint of slice.endpoints ?? []) if (endpoint.conditions?.ready === true) count++
    }
    return count
  }

  close() {
    if (!this.realTime) this.cluster.resume()
    return this.cluster.close()
  }
}

function isReady(pod) {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true
}

export async function boot(nodes = 3, { realTime = false } = {}) {
  const peer = new Peer(nodes, realTime)
  const start = performance.now()
  await peer.boot()
  const elapsed = performance.now() - start
  await peer.close()
  return elapsed
}

export async function firstReply() {
  const peer = new Peer(3, false)
  await peer.boot()
  await peer.until(peer.cluster.apply([client]))
  await peer.untilHolds(() => [...peer.pods.values()].every(isReady) && clientContext !== undefined)
  const start = performance.now()
  await peer.until(peer.cluster.apply([deployment(3), service()]))
  await peer.untilHolds(() => peer.readyEndpoints() === 3)
  for (;;) {
    // Until kube-proxy and DNS have followed, it refuses.
    const status = await peer.until(
      clientContext.fetch('http://web/').then(
        (reply) => reply.status ?? reply.statusCode,
        () => 0,
      ),
    )
    if (status === 200) break
    await peer.until(peer.cluster.clock.wait(10))
  }
  const elapsed = performance.now() - start
  clientContext = undefined
  await peer.close()
  return elapsed
}

export async function manyPods(count) {
  const peer = new Peer(10, false)
  await peer.boot()
  const start = performance.now()
  await peer.until(peer.cluster.apply([deployment(count), service()]))
  await peer.untilHolds(() => peer.readyEndpoints() === count && peer.readyPods('web') === count)
  const elapsed = performance.now() - start
  await peer.close()
  return elapsed
}

/** Services beyond the first are there to be walked past; all select the same three pods. */
export async function requestsPerSecond(count, serviceCount = 1) {
  const peer = new Peer(3, false)
  await peer.boot()
  const others = Array.from({ length: serviceCount - 1 }, (_, i) => service(`other-${i}`))
  await peer.until(peer.cluster.apply([client, deployment(3), ...others, service()]))
  await peer.untilHolds(() => peer.readyEndpoints() === 3 && clientContext !== undefined)
  const { body: found } = await peer.until(
    peer.cluster.api.corev1
      .readNamespacedService({ namespace: 'default', name: 'web' })
      .then((reply) => (reply.body === undefined ? { body: reply } : reply)),
  )
  const url = `http://${found.spec.clusterIP}/`
  await peer.until(peer.cluster.clock.wait(5000))
  const load = async (times) => {
    for (let i = 0; i < times; i++) {
      const reply = await clientContext.fetch(url)
      if ((reply.status ?? reply.statusCode) !== 200) throw new Error(`status ${reply.status}`)
    }
  }
  await peer.until(load(2000))
  const start = performance.now()
  // No timer is involved in a request without latency: promise chains alone carry it.
  await load(count)
  const elapsed = performance.now() - start
  clientContext = undefined
  await peer.close()
  return (count / elapsed) * 1000
}

/** What a cluster with `count` pods keeps on the heap, in bytes. */
export async function heapOf(count, collect) {
  collect()
  const before = process.memoryUsage().heapUsed
  const peer = new Peer(10, false)
  await peer.boot()
  await peer.until(peer.cluster.apply([deployment(count), service()]))
  await peer.untilHolds(() => peer.readyEndpoints() === count && peer.readyPods('web') === count)
  collect()
  const used = process.memoryUsage().heapUsed - before
  await peer.close()
  return used
}
