// The real kubectl, every version at hand, against the whole API server over HTTPS. Skipped with a reason where there is no
// kubectl; PODWIRE_REFEREES=required makes that a failure.

import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DEFAULT_EPOCH_MS, Engine, RealTimeDriver } from '@podwire/engine'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { createServerCertificates, createToken, writeKubeconfig } from '../certificates/index.ts'
import { nodes, pods } from '../resources/served-types.ts'
import { createApiServer, type ApiServer } from '../server.ts'
import { createEchoNode, NODE } from '../streams/echo-node.suite.ts'
import { findKubectls, type Kubectl } from './kubectls.suite.ts'
import { startHttpServer, type HttpServer } from './server.ts'

const kubectls = findKubectls()
const required = process.env['PODWIRE_REFEREES'] === 'required'
if (kubectls.length === 0 && !required)
  process.stderr.write('skipped: kubectl tests, there is no kubectl on the PATH\n')

test.runIf(required)('kubectl is there', () => {
  expect(kubectls).not.toEqual([])
})

interface Outcome {
  readonly code: number
  readonly out: string
  readonly err: string
}

class Cluster {
  readonly engine = new Engine()
  readonly driver = new RealTimeDriver(this.engine)
  readonly api: ApiServer = createApiServer({ engine: this.engine })
  readonly node = createEchoNode()
  folder = ''
  server: HttpServer | undefined

  async start(): Promise<void> {
    this.folder = await mkdtemp(join(tmpdir(), 'podwire-kubectl-'))
    const { authority, certificate, key } = await createServerCertificates({
      nowMs: DEFAULT_EPOCH_MS,
      validDays: 36_500,
      randomBytes,
    })
    const token = createToken(randomBytes)
    const resources = this.api.registry.all()
    this.server = await startHttpServer({
      engine: this.engine,
      driver: this.driver,
      handler: this.api.requestHandler,
      resources: () => resources,
      kubernetesVersion: 'v1.36.2',
      token,
      nodes: () => this.node,
      tls: { key, certificate },
    })
    await writeKubeconfig(join(this.folder, 'config'), { server: this.server.url, authority, token })
    await writeFile(join(this.folder, 'app.yaml'), APP)
    await writeFile(
      join(this.folder, 'app2.yaml'),
      APP.replace('replicas: 2', 'replicas: 3').replace('a: "1"', 'a: "2"'),
    )
  }

  async stop(): Promise<void> {
    await this.server?.close()
    this.driver[Symbol.dispose]()
    await rm(this.folder, { recursive: true, force: true })
  }

  arguments(args: string): readonly string[] {
    const words = args.match(/'[^']*'|\S+/g) ?? []
    const cache = join(this.folder, 'cache')
    return [
      '--kubeconfig',
      join(this.folder, 'config'),
      '--cache-dir',
      cache,
      ...words.map((word) => word.replace(/^'|'$/g, '')),
    ]
  }

  run(kubectl: Kubectl, args: string, input = ''): Promise<Outcome> {
    return new Promise((resolve) => {
      const options = { cwd: this.folder, timeout: 15_000 }
      const child = execFile(kubectl.path, [...this.arguments(args)], options, (error, out, err) => {
        resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, out, err })
      })
      child.stdin?.end(input)
    })
  }
}

const APP = `
apiVersion: v1
kind: ConfigMap
metadata: {name: cm1}
data: {a: "1"}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: nginx, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
`

interface Step {
  readonly args: string
  readonly input?: string
  /** What standard output and standard error say, together. */
  readonly says: RegExp
  readonly code?: number
  /** Versions differ here on the wire: every version runs it, not only the oldest and the newest. */
  readonly differs?: true
}

/** In order: later steps see what earlier ones did. */
const STEPS: readonly Step[] = [
  { args: 'version', says: /Server Version: .*v1\.36\.2/, differs: true },
  { args: 'create namespace lab', says: /^namespace\/lab created/, differs: true },
  { args: 'config set-context --current --namespace lab', says: /modified/, differs: true },
  { args: 'api-resources', says: /deployments +deploy +apps\/v1 +true +Deployment\n/, differs: true },
  { args: 'api-versions', says: /apps\/v1\n[^]*discovery\.k8s\.io\/v1\n/ },
  {
    args: 'apply -f app.yaml',
    says: /^configmap\/cm1 created\ndeployment\.apps\/web created\nservice\/web created\n$/,
    differs: true,
  },
  {
    args: 'apply -f app.yaml',
    says: /^configmap\/cm1 unchanged\ndeployment\.apps\/web unchanged\nservice\/web unchanged\n$/,
    differs: true,
  },
  { args: 'diff -f app2.yaml', says: /-  replicas: 2\n\+  replicas: 3/, code: 1 },
  {
    args: 'apply -f app2.yaml',
    says: /^configmap\/cm1 configured\ndeployment\.apps\/web configured\nservice\/web unchanged\n$/,
    differs: true,
  },
  {
    args: 'get deployments',
    says: /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nweb +0\/3 +0 +0 +\d+s\n$/,
    differs: true,
  },
  { args: 'get deployments -o wide', says: /CONTAINERS +IMAGES +SELECTOR\nweb .* c +nginx +app=web\n$/ },
  {
    args: 'get cm,svc',
    says: /configmap\/cm1 +1 +\d+s\n\n[^]*service\/web +ClusterIP +10\.\S+ +<none> +80\/TCP +\d+s\n/,
  },
  { args: 'get all -A', says: /deployment\.apps\/web/ },
  { args: 'get svc --sort-by .metadata.name -o name', says: /^service\/web\n$/ },
  { args: 'get svc --sort-by .metadata.name', says: /^NAME +TYPE[^]*\nweb +ClusterIP/ },
  { args: "get cm cm1 -o 'jsonpath={.data.a}'", says: /^2$/ },
  { args: 'get cm cm1 -o yaml', says: /^apiVersion: v1\ndata:\n {2}a: "2"\nkind: ConfigMap\n/ },
  { args: 'get cm --show-labels', says: /LABELS\ncm1 +1 +\d+s +<none>/ },
  { args: 'label deployment web tier=front', says: /web labeled/ },
  { args: 'get deployments -l tier=front -o name', says: /^deployment\.apps\/web\n$/ },
  { args: 'annotate cm cm1 note=x', says: /cm1 annotate/ },
  { args: 'scale deployment web --replicas=5', says: /web scaled/, differs: true },
  { args: 'scale deployment web --current-replicas=5 --replicas=1', says: /web scaled/, differs: true },
  { args: 'expose deployment web --name web2 --port 81', says: /service\/web2 exposed/ },
  {
    args: 'patch svc web --type=json -p \'[{"op":"replace","path":"/spec/ports/0/port","value":82}]\'',
    says: /web patched/,
  },
  {
    args: 'patch deployment web -p \'{"spec":{"template":{"spec":{"containers":[{"name":"c","image":"nginx:2"}]}}}}\'',
    says: /web patched/,
  },
  { args: 'set image deployment/web c=nginx:3', says: /web image updated/ },
  { args: 'rollout restart deployment web', says: /web restarted/ },
  { args: 'create secret generic s --from-literal=a=b', says: /secret\/s created/, differs: true },
  { args: "get secret s -o 'jsonpath={.type} {.data.a}'", says: /^Opaque Yg==$/ },
  { args: 'create configmap cm2 --from-literal=a=b', says: /configmap\/cm2 created/ },
  { args: 'create deployment d2 --image=x --replicas=0', says: /deployment\.apps\/d2 created/, differs: true },
  { args: "get deployment d2 -o 'jsonpath={.spec.replicas} {.spec.template.spec.containers[0].image}'", says: /^0 x$/ },
  { args: 'create serviceaccount sa1', says: /serviceaccount\/sa1 created/, differs: true },
  { args: 'create service clusterip c1 --tcp=80:8080', says: /service\/c1 created/, differs: true },
  { args: "get service c1 -o 'jsonpath={.spec.ports[0].targetPort}'", says: /^8080$/ },
  { args: 'run p1 --image=nginx', says: /pod\/p1 created/, differs: true },
  { args: 'describe pod p1', says: /^Name: +p1\nNamespace: +lab\n[^]*Image: +nginx\n[^]*Events: +<none>\n$/ },
  { args: 'describe service web', says: /Name: +web\n[^]*Port: +<unset> +8[02]\/TCP/, differs: true },
  { args: 'describe deployment web', says: /Replicas: +1 desired/ },
  { args: 'explain pod.spec.containers.ports', says: /List of ports to expose from the container/, differs: true },
  { args: 'explain ingress.spec.rules --recursive', says: /pathType/ },
  { args: 'explain deployment', says: /Deployment enables declarative updates for Pods and ReplicaSets/ },
  { args: 'auth can-i delete nodes', says: /^(?:Warning: .*\n\n)?yes\n|yes\n/, differs: true },
  { args: 'auth can-i --list', says: /\*\.\* +\[\] +\[\] +\[\*\]/, differs: true },
  { args: 'auth can-i get pods --as bob', says: /^no\n/, code: 1 },
  {
    args: 'get pods --as bob',
    says: /Error from server \(Forbidden\): pods is forbidden: User "bob" cannot list resource "pods"/,
    code: 1,
  },
  { args: 'get nope', says: /error: the server doesn't have a resource type "nope"/, code: 1 },
  { args: 'get pod nope', says: /^Error from server \(NotFound\): pods "nope" not found\n$/, code: 1 },
  { args: 'create configmap cm2', says: /configmaps "cm2" already exists/, code: 1 },
  {
    args: 'get endpoints',
    says: /Warning: v1 Endpoints is deprecated in v1\.33\+; use discovery\.k8s\.io\/v1 EndpointSlice/,
  },
  { args: 'get --raw /readyz', says: /^ok$/ },
  { args: 'wait pod/p1 --for=jsonpath={.metadata.name}=p1', says: /pod\/p1 condition met/ },
  {
    args: 'replace -f -',
    input: '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"cm2"},"data":{"z":"9"}}',
    says: /configmap\/cm2 replaced/,
  },
  {
    args: 'create -f - --dry-run=server',
    input: '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"cm9"}}',
    says: /configmap\/cm9 created \(server dry run\)/,
  },
  { args: 'get cm cm9', says: /NotFound/, code: 1 },
  {
    args: 'delete -f app.yaml',
    says: /configmap "cm1" deleted[^]*deployment\.apps "web" deleted[^]*service "web" deleted/,
    differs: true,
  },
  { args: 'delete secret,sa --all', says: /secret "s" deleted[^]*serviceaccount "sa1" deleted/ },
  { args: 'delete pod p1 --grace-period=0 --force', says: /pod "p1" force deleted|pod "p1" deleted/, differs: true },
  { args: 'get pods', says: /No resources found in lab namespace/ },
]

describe.each(kubectls)('kubectl $version', (kubectl) => {
  const inBetween = kubectl !== kubectls[0] && kubectl !== kubectls.at(-1)
  const cluster = new Cluster()
  beforeAll(() => cluster.start())
  afterAll(() => cluster.stop())

  it.each(STEPS.filter(({ differs }) => differs === true || !inBetween))(
    '$args',
    async ({ args, input, says, code = 0 }) => {
      const outcome = await cluster.run(kubectl, args, input)
      expect(outcome.out + outcome.err).toMatch(says)
      expect(outcome.code).toBe(code)
    },
  )

  it('watches a table until told to stop', async () => {
    const child = spawn(kubectl.path, [...cluster.arguments('get cm -w --watch-only -n lab')])
    let out = ''
    const first = new Promise<void>((resolve) => {
      child.stdout.on('data', (text: Buffer) => {
        out += text.toString()
        if (sawRow()) resolve()
      })
    })
    // kubectl writes a row and its end of line apart at times.
    const sawRow = (): boolean => /seen.*\n/.test(out)
    // The watch opens at a moment of kubectl's choosing: objects are made until it has seen one.
    for (let number = 0; !sawRow(); number++) {
      await Promise.race([first, cluster.run(kubectl, `create configmap seen-${number} -n lab`)])
    }
    child.kill()
    expect(out).toMatch(/^NAME +DATA +AGE\nseen-\d+ +0 +\d+s\n/)
  })

  it('runs commands, attaches, reads logs and forwards ports', async () => {
    const namespace = 'lab'
    if (cluster.api.client.find(pods, { namespace, name: 'p' }) === undefined) {
      const { status } = NODE
      cluster.api.client.create(nodes, { metadata: { name: 'node-1' }, spec: {} })
      cluster.api.client.modify(nodes, { name: 'node-1' }, (draft) => void (draft.status = status), {
        subresource: 'status',
      })
      const spec = { nodeName: 'node-1', containers: [{ name: 'c', image: 'i' }] }
      cluster.api.client.create(pods, { metadata: { namespace, name: 'p' }, spec })
      const running = (draft: { status?: { phase?: string } }): void => {
        draft.status = { phase: 'Running' }
      }
      cluster.api.client.modify(pods, { namespace, name: 'p' }, running, { subresource: 'status' })
    }
    const run = (args: string, input?: string): Promise<Outcome> => cluster.run(kubectl, `-n lab ${args}`, input)
    expect(await run('exec p -- echo hello world')).toMatchObject({ out: 'hello world\n', code: 0 })
    expect(await run('exec p -- fail 3')).toMatchObject({ code: 3, err: expect.stringContaining('it failed\n') })
    expect(await run('exec -i p -- cat', 'abc\n')).toMatchObject({ out: 'abc\n', code: 0 })
    expect((await run('exec p -- large 300000')).out).toHaveLength(300_000)
    expect(await run('exec p -- nope')).toMatchObject({
      code: 1,
      err: expect.stringContaining('executable file not found'),
    })
    expect(await run('attach -i p', 'hi\n')).toMatchObject({ code: 0, out: expect.stringContaining('hi\n') })
    expect(await run('logs p')).toMatchObject({ out: 'log of p/c\n', code: 0 })
    expect(await forwardOnce(cluster, kubectl)).toBe('through and back')
    await expect.poll(() => cluster.node.open).toBe(0)
  })
})

/** Sends a line through `kubectl port-forward` to a port that echoes. */
async function forwardOnce(cluster: Cluster, kubectl: Kubectl): Promise<string> {
  const child = spawn(kubectl.path, [...cluster.arguments('-n lab port-forward p :80')])
  const port = await new Promise<number>((resolve) => {
    child.stdout.on('data', (text: Buffer) => {
      const match = /127\.0\.0\.1:(\d+)/.exec(text.toString())
      if (match !== null) resolve(Number(match[1]))
    })
  })
  const socket = connect(port, '127.0.0.1')
  socket.end('through and back')
  const chunks = (await socket.toArray()) as Buffer[]
  child.kill()
  return Buffer.concat(chunks).toString()
}
