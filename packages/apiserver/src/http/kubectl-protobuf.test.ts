// The real kubectl reading protobuf: a proxy in between leaves only that in its Accept headers, and what it prints must be what
// it prints of JSON. From 1.32 on its typed clients ask for protobuf. Skipped with a reason where there is no kubectl.

import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, request as httpRequest, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Engine, RealTimeDriver } from '@podwire/engine'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApiServer } from '../server.ts'
import { ADMIN_USER } from './authentication.ts'
import { findKubectls, type Kubectl } from './kubectls.suite.ts'
import { startHttpServer, type HttpServer } from './server.ts'

const FIRST_WITH_PROTOBUF = 32
const kubectls = findKubectls().filter(({ version }) => Number(version.split('.')[1]) >= FIRST_WITH_PROTOBUF)
if (kubectls.length === 0) process.stderr.write('skipped: kubectl reading protobuf, there is no kubectl ≥ 1.32\n')

const PROTOBUF = 'application/vnd.kubernetes.protobuf'

class Cluster {
  readonly engine = new Engine()
  readonly driver = new RealTimeDriver(this.engine)
  readonly api = createApiServer({ engine: this.engine })
  folder = ''
  /** How many answers in protobuf went through the proxy. */
  answers = 0
  #server: HttpServer | undefined
  readonly #proxy: Server = createServer((request, response) => {
    const accept = request.headers.accept ?? ''
    const headers = { ...request.headers, ...(accept.includes(PROTOBUF) ? { accept: PROTOBUF } : {}) }
    const onward = { host: '127.0.0.1', port: this.#server?.port, path: request.url, method: request.method, headers }
    const forwarded = httpRequest(onward, (answer) => {
      if (answer.headers['content-type']?.startsWith(PROTOBUF) === true) this.answers++
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    request.pipe(forwarded)
  })

  async start(): Promise<void> {
    this.folder = await mkdtemp(join(tmpdir(), 'podwire-protobuf-'))
    for (const manifest of MANIFESTS) this.api.apply(manifest)
    const resources = this.api.registry.all()
    this.#server = await startHttpServer({
      engine: this.engine,
      driver: this.driver,
      handler: this.api.requestHandler,
      resources: () => resources,
      kubernetesVersion: 'v1.36.2',
      token: 'none',
      anonymous: ADMIN_USER,
    })
    await new Promise<void>((resolve) => this.#proxy.listen(0, '127.0.0.1', resolve))
  }

  async stop(): Promise<void> {
    this.#proxy.closeAllConnections()
    this.#proxy.close()
    await this.#server?.close()
    this.driver[Symbol.dispose]()
    await rm(this.folder, { recursive: true, force: true })
  }

  arguments(through: 'door' | 'proxy', command: string): readonly string[] {
    const port = through === 'door' ? this.#server?.port : (this.#proxy.address() as AddressInfo).port
    const cache = join(this.folder, through)
    return ['--server', `http://127.0.0.1:${port ?? 0}`, '--cache-dir', cache, ...command.split(' ')]
  }

  run({ path }: Kubectl, through: 'door' | 'proxy', command: string): Promise<string> {
    return new Promise((resolve) => {
      const options = { timeout: 15_000, env: { ...process.env, KUBECONFIG: '/dev/null' } }
      execFile(path, [...this.arguments(through, command)], options, (_error, out, err) => resolve(out + err))
    })
  }

  /** What it prints until the line that is waited for. */
  follow({ path }: Kubectl, through: 'door' | 'proxy', command: string, last: string): Promise<string> {
    return new Promise((resolve) => {
      const env = { ...process.env, KUBECONFIG: '/dev/null' }
      const child = spawn(path, [...this.arguments(through, command)], { timeout: 15_000, env })
      let printed = ''
      child.stdout.on('data', (chunk: Buffer) => {
        printed += chunk.toString()
        if (printed.includes(last)) child.kill()
      })
      child.on('close', () => resolve(printed))
    })
  }
}

const spec = {
  containers: [
    {
      name: 'web',
      image: 'nginx',
      command: ['sh', '-c', 'sleep 1'],
      ports: [{ containerPort: 80, name: 'http' }],
      env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
      resources: { limits: { cpu: '500m', memory: '1Gi' }, requests: { cpu: '0.25' } },
      readinessProbe: { httpGet: { path: '/', port: 'http' }, timeoutSeconds: 3 },
      livenessProbe: { tcpSocket: { port: 80 } },
      volumeMounts: [{ name: 'v', mountPath: '/v', readOnly: true }],
    },
  ],
  nodeSelector: { disk: 'ssd' },
  tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 0 }],
  volumes: [
    { name: 'v', emptyDir: { sizeLimit: '1Gi' } },
    { name: 'c', configMap: { name: 'c', optional: true, items: [{ key: 'k', path: 'p' }] } },
  ],
}

function named(apiVersion: string, kind: string, name: string, rest: object) {
  return { apiVersion, kind, metadata: { name, namespace: 'default', labels: { app: 'web' } }, ...rest }
}

function backend(name: string, port: object) {
  return { service: { name, port } }
}

const MANIFESTS = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } },
  named('v1', 'Pod', 'p', { spec }),
  named('v1', 'Secret', 's', { data: { a: 'eHg=' } }),
  named('v1', 'ConfigMap', 'c', { data: { a: '1', b: 'two\nlines' }, binaryData: { c: 'eHg=' } }),
  named('v1', 'Service', 'web', {
    spec: { type: 'NodePort', selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http', nodePort: 30_080 }] },
  }),
  named('apps/v1', 'Deployment', 'web', {
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'app', operator: 'Exists' }] },
      template: { metadata: { labels: { app: 'web' } }, spec },
      strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: '10%' } },
    },
  }),
  named('batch/v1', 'CronJob', 'cron', {
    spec: {
      schedule: '* * * * *',
      jobTemplate: {
        spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'b' }] } } },
      },
    },
  }),
  named('networking.k8s.io/v1', 'Ingress', 'i', {
    spec: {
      defaultBackend: backend('web', { name: 'http' }),
      tls: [{ hosts: ['a.b'], secretName: 's' }],
      rules: [
        { host: 'a.b', http: { paths: [{ path: '/', pathType: 'Prefix', backend: backend('web', { number: 80 }) }] } },
      ],
    },
  }),
  named('networking.k8s.io/v1', 'NetworkPolicy', 'n', {
    spec: {
      podSelector: {},
      ingress: [{ ports: [{ port: 80, endPort: 90 }], from: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }],
    },
  }),
  named('discovery.k8s.io/v1', 'EndpointSlice', 'web-1', {
    metadata: { name: 'web-1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true } }],
    ports: [{ name: '', port: 80, protocol: 'TCP' }],
  }),
  named('autoscaling/v2', 'HorizontalPodAutoscaler', 'h', {
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, maxReplicas: 3 },
  }),
  named('policy/v1', 'PodDisruptionBudget', 'b', {
    spec: { minAvailable: '50%', selector: { matchLabels: { app: 'web' } } },
  }),
  named('v1', 'ResourceQuota', 'q', { spec: { hard: { pods: '3', 'requests.cpu': '1500m' } } }),
  named('v1', 'Event', 'e.1', {
    involvedObject: { kind: 'Pod', name: 'p', namespace: 'default', apiVersion: 'v1' },
    type: 'Normal',
    reason: 'Pulled',
    message: 'all of it',
    source: { component: 'kubelet' },
    count: 3,
    firstTimestamp: '2025-12-31T23:00:00Z',
    lastTimestamp: '2025-12-31T23:30:00Z',
  }),
  {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n1', labels: { disk: 'ssd' } },
    spec: { podCIDR: '10.0.0.0/24' },
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'r' },
    rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }],
  },
]

describe.each(kubectls)('kubectl $version reads protobuf', (kubectl) => {
  const cluster = new Cluster()
  beforeAll(() => cluster.start())
  afterAll(() => cluster.stop())

  it.each([
    'describe pod p',
    'describe secret s',
    'describe configmap c',
    'describe service web',
    'describe deployment web',
    'describe cronjob cron',
    'describe ingress i',
    'describe networkpolicy n',
    'describe hpa h',
    'describe pdb b',
    'describe quota q',
    'describe node n1',
    'describe namespace default',
    'describe clusterrole r',
    'describe pods',
    'events',
    'auth whoami',
    'auth can-i list pods',
    'describe pod missing',
    'create configmap c --from-literal=a=1',
  ])('%s', async (command) => {
    const expected = await cluster.run(kubectl, 'door', command)
    const before = cluster.answers
    expect(await cluster.run(kubectl, 'proxy', command)).toBe(expected)
    const typed = !command.startsWith('describe pod missing')
    if (typed) expect(cluster.answers, 'answers in protobuf').toBeGreaterThan(before)
  })

  it('events --watch', async () => {
    const command = 'events --watch'
    const before = cluster.answers
    const [door, proxy] = await Promise.all([
      cluster.follow(kubectl, 'door', command, 'all of it\n'),
      cluster.follow(kubectl, 'proxy', command, 'all of it\n'),
    ])
    expect(proxy).toContain('Pulled')
    expect(proxy).toBe(door)
    expect(cluster.answers).toBeGreaterThan(before)
  })
})
