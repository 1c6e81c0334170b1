// Ten short scenarios whose trace hashes are committed in hashes.json: same seed, same inputs, same run, in any process and on any
// machine. When behaviour changes on purpose, `node scripts/scenario-hashes.mjs --update` writes the new hashes, and the diff
// shows a reviewer that it did.

import { readFileSync } from 'node:fs'
import { createCluster, fetchImage } from '@podwire/sim'

export const HASHES_FILE = new URL('hashes.json', import.meta.url)

const deployment = (name, { replicas = 3, image = 'luksa/kubia', port = 8080, ...container } = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name, image, ports: [{ containerPort: port }], ...container }] },
    },
  },
})

const service = (name, { port = 80, targetPort = 8080, ...spec } = {}) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { selector: { app: name }, ports: [{ port, targetPort }], ...spec },
})

const client = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'client' },
  spec: { containers: [{ name: 'client', image: 'busybox', command: ['sleep', '100000'] }] },
}

/** Requests that may fail: what a client sees then is part of the scenario. */
const asks = async (machine, url, times = 1) => {
  for (let i = 0; i < times; i++) await machine.fetch(url, { timeoutMs: 2000 }).catch(() => undefined)
}

const counter = fetchImage(
  'team/counter',
  async (_request, { random, engine }) => {
    await engine.sleep(random.integer(100, 5000), 'application')
    return new Response(`${random.integer(0, 999)} at ${engine.clock.timestamp()}`)
  },
  { port: 8080 },
)

/** @type {readonly { name: string, options?: import('@podwire/sim').ClusterOptions, run: (cluster: import('@podwire/sim').Cluster) => Promise<void> }[]} */
export const SCENARIOS = [
  {
    name: 'a Service with three endpoints',
    async run(cluster) {
      await cluster.apply([deployment('kubia'), service('kubia'), client])
      await cluster.settle()
      await asks(cluster.pod('client'), 'http://kubia/', 20)
    },
  },
  {
    name: 'a rollout under load',
    options: { seed: 7 },
    async run(cluster) {
      const probe = { readinessProbe: { httpGet: { path: '/', port: 80 }, periodSeconds: 1 } }
      const web = (image) => deployment('web', { replicas: 4, image, port: 80, ...probe })
      await cluster.apply([web('nginx:1.26'), service('web', { targetPort: 80 }), client])
      await cluster.settle()
      const load = await cluster.pod('client').startLoad('http://web/', { everyMs: 50 })
      await cluster.apply([web('nginx:1.27')])
      await cluster.settle()
      await load.stop()
    },
  },
  {
    name: 'a node dies and comes back',
    options: { ingress: false },
    async run(cluster) {
      await cluster.apply([deployment('kubia', { replicas: 6 }), service('kubia'), client])
      await cluster.settle()
      cluster.node('node-2').powerOff()
      await cluster.advance('6m')
      for (const name of ['node-1', 'node-3']) await asks(cluster.node(name), 'http://10.96.0.10:9153/metrics', 5)
      await asks(cluster.pod('client'), 'http://kubia/', 5)
      cluster.node('node-2').powerOn()
      await cluster.advance('2m')
    },
  },
  {
    name: 'nftables, a node port, policy Local',
    options: { proxy: { proxyMode: 'nftables' }, ingress: false },
    async run(cluster) {
      const ports = [{ port: 80, targetPort: 8080, nodePort: 30080 }]
      const more = { type: 'NodePort', externalTrafficPolicy: 'Local', ports }
      await cluster.apply([deployment('kubia', { replicas: 2 }), service('kubia', more)])
      await cluster.settle()
      for (const number of [2, 3, 4]) await asks(cluster.external, `http://172.18.0.${number}:30080/`, 2)
    },
  },
  {
    name: 'ipvs and session affinity',
    options: { proxy: { proxyMode: 'ipvs', ipvsScheduler: 'rr' }, ingress: false, seed: 11 },
    async run(cluster) {
      await cluster.apply([deployment('kubia'), service('kubia', { sessionAffinity: 'ClientIP' }), client])
      await cluster.settle()
      await asks(cluster.pod('client'), 'http://kubia/', 5)
      await cluster.advance('3h')
      await asks(cluster.pod('client'), 'http://kubia/', 5)
    },
  },
  {
    name: 'names: headless, ExternalName, the internet',
    options: { ingress: false, seed: 5 },
    async run(cluster) {
      cluster.internet.host('www.example.org', ['203.0.113.7', '203.0.113.8'])
      const away = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'away' } }
      const spec = { type: 'ExternalName', externalName: 'www.example.org' }
      await cluster.apply([deployment('kubia'), service('kubia', { clusterIP: 'None' }), { ...away, spec }, client])
      await cluster.settle()
      for (const name of ['kubia', 'away', 'www.example.org', 'nobody']) await cluster.pod('client').lookup(name)
      await cluster.pod('client').exec('nslookup kubia; cat /etc/resolv.conf; wget -qO- http://kubia:8080/')
    },
  },
  {
    name: 'an Ingress with two hosts',
    options: { nodes: 2 },
    async run(cluster) {
      const rule = (host, name) => ({
        host,
        http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name, port: { number: 80 } } } }] },
      })
      const rules = [rule('a.example.org', 'kubia'), rule('b.example.org', 'web')]
      const ingress = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: 'both' } }
      await cluster.apply([
        deployment('kubia'),
        service('kubia'),
        deployment('web', { image: 'nginx', port: 80 }),
        service('web', { targetPort: 80 }),
        { ...ingress, spec: { ingressClassName: 'nginx', rules } },
        client,
      ])
      await cluster.settle()
      const controller = 'http://ingress-nginx-controller.ingress-nginx/'
      for (const host of ['a.example.org', 'b.example.org', 'c.example.org']) {
        const reply = cluster.pod('client').fetch(controller, { headers: { host }, timeoutMs: 2000 })
        await reply.catch(() => undefined)
      }
    },
  },
  {
    name: 'MetalLB, and its node drained',
    options: { loadBalancer: 'metallb', ingress: false },
    async run(cluster) {
      await cluster.apply('examples/metallb.yaml')
      await cluster.settle()
      await asks(cluster.external, 'http://10.10.10.200/', 3)
      await cluster.node('node-2').drain({ force: true })
      await cluster.settle()
      await asks(cluster.external, 'http://10.10.10.200/', 3)
    },
  },
  {
    name: 'workloads: StatefulSet, DaemonSet, Job, CronJob',
    options: { ingress: false, kubernetesVersion: 'v1.30.0' },
    async run(cluster) {
      const template = (app, image, more = {}) => ({
        metadata: { labels: { app } },
        spec: { containers: [{ name: app, image, ...more }] },
      })
      const selector = (app) => ({ matchLabels: { app } })
      const sleeper = template('job', 'busybox', { command: ['sh', '-c', 'date; sleep 3'] })
      const once = { ...sleeper, spec: { ...sleeper.spec, restartPolicy: 'Never' } }
      await cluster.apply([
        service('db', { clusterIP: 'None' }),
        {
          apiVersion: 'apps/v1',
          kind: 'StatefulSet',
          metadata: { name: 'db' },
          spec: { serviceName: 'db', replicas: 2, selector: selector('db'), template: template('db', 'luksa/kubia') },
        },
        {
          apiVersion: 'apps/v1',
          kind: 'DaemonSet',
          metadata: { name: 'agent' },
          spec: { selector: selector('agent'), template: template('agent', 'nginx') },
        },
        { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'once' }, spec: { completions: 2, template: once } },
        {
          apiVersion: 'batch/v1',
          kind: 'CronJob',
          metadata: { name: 'often' },
          spec: { schedule: '*/1 * * * *', jobTemplate: { spec: { template: once } } },
        },
      ])
      await cluster.settle()
      await cluster.advance('3m')
    },
  },
  {
    name: 'a program of one’s own that waits and draws',
    options: { images: [counter], ingress: false, nodes: 2, seed: 42 },
    async run(cluster) {
      await cluster.apply([deployment('counter', { image: 'team/counter' }), service('counter'), client])
      await cluster.settle()
      await asks(cluster.pod('client'), 'http://counter/', 10)
      await cluster.pod('client').exec('for i in 1 2 3; do wget -qO- http://counter/; sleep 1; done')
      for (const pod of cluster.pods({ app: 'counter' }).slice(1)) pod.delete()
      await cluster.settle()
    },
  },
]

/** Runs one and says how it went: its hash, how many events it had, and how long it took in virtual time. */
export async function runScenario({ options, run }, { observe, invariants = false } = {}) {
  const cluster = await createCluster({ ...options, invariants })
  const stop = observe?.(cluster)
  try {
    await run(cluster)
    return { hash: cluster.traceHash, events: cluster.engine.bus.count, age: cluster.age }
  } finally {
    stop?.()
    await cluster.stop()
  }
}

/** What is committed, by the scenario's name. */
export const committedHashes = () => JSON.parse(readFileSync(HASHES_FILE, 'utf8'))
