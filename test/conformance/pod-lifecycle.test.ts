// The sig-node rows of the conformance list: probes, lifecycle hooks, what a kubelet does for its pods. In our own words, in virtual time.

import { createCluster, type Cluster } from '@podwire/sim'
import { events, pods, type ContainerStatus, type Pod } from '@podwire/apiserver'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const AGNHOST = 'registry.k8s.io/e2e-test-images/agnhost:2.53'
const BUSYBOX = 'registry.k8s.io/e2e-test-images/busybox:1.36'

type Manifest = Readonly<Record<string, unknown>>

let cluster: Cluster
let made = 0

beforeAll(async () => {
  cluster = await createCluster({ nodes: 2, seed: 8, ingress: false, flowTraces: false })
  // Images are there before anything is measured: pulls take as long as they take.
  const images = [AGNHOST, BUSYBOX, 'nginx', 'nginx:1.26', 'nginx:1.27', 'registry.k8s.io/pause:3.10']
  const containers = images.map((image, index) => ({ name: `c${index}`, image, command: ['sleep', '1'] }))
  await cluster.apply(
    ['node-1', 'node-2'].map((nodeName) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `pull-${nodeName}` },
      spec: { nodeName, restartPolicy: 'Never', containers },
    })),
  )
  await cluster.settle()
})
afterAll(() => cluster.stop())

/** Creates a pod of one container under a name of its own, and lets it run for a while. */
async function run(container: Manifest, duration: string, spec: Manifest = {}): Promise<string> {
  const name = `pod-${++made}`
  await cluster.apply([
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, labels: { app: name } },
      spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image: BUSYBOX, ...container }], ...spec },
    },
  ])
  await cluster.advance(duration)
  return name
}

const podOf = (name: string): Pod => cluster.client.get(pods, { namespace: 'default', name })
function statusOf(name: string): ContainerStatus {
  const status = podOf(name).status?.containerStatuses?.[0]
  if (status === undefined) throw new TypeError(`${name} has no container status`)
  return status
}
const isReady = (name: string): boolean => cluster.pod(name).ready

const http = (path: string, port: number): Manifest => ({ httpGet: { path, port } })
const healthFile = ['/bin/sh', '-c', 'echo ok >/tmp/health; sleep 10; rm -rf /tmp/health; sleep 600']

describe('probing containers', () => {
  const often = { initialDelaySeconds: 15, failureThreshold: 1, periodSeconds: 5, timeoutSeconds: 5 }
  test.each<{ name: string; container: Manifest; restarts: boolean }>([
    {
      name: 'exec "cat /tmp/health", while the file goes',
      container: { command: healthFile, livenessProbe: { exec: { command: ['cat', '/tmp/health'] }, ...often } },
      restarts: true,
    },
    {
      name: 'exec "cat /tmp/health", while the file stays',
      container: {
        command: ['/bin/sh', '-c', 'echo ok >/tmp/health; sleep 600'],
        livenessProbe: { exec: { command: ['cat', '/tmp/health'] }, ...often },
      },
      restarts: false,
    },
    {
      name: 'exec that takes longer than its timeout',
      container: {
        command: ['sleep', '600'],
        livenessProbe: { exec: { command: ['sleep', '10'] }, ...often, timeoutSeconds: 1 },
      },
      restarts: true,
    },
    {
      name: '/healthz that fails after ten seconds',
      container: { image: AGNHOST, args: ['liveness'], livenessProbe: { ...http('/healthz', 8080), ...often } },
      restarts: true,
    },
    {
      name: '/healthz that goes on',
      container: { image: AGNHOST, args: ['netexec'], livenessProbe: { ...http('/healthz', 8080), ...often } },
      restarts: false,
    },
    {
      name: 'a redirect to the same host is followed to a failing page',
      container: {
        image: AGNHOST,
        args: ['liveness'],
        livenessProbe: { ...http('/redirect?loc=%2Fhealthz', 8080), ...often },
      },
      restarts: true,
    },
    {
      name: 'a redirect to another host is a success',
      container: {
        image: AGNHOST,
        args: ['liveness'],
        livenessProbe: { ...http('/redirect?loc=http%3A%2F%2F0.0.0.0%2F', 8080), ...often },
      },
      restarts: false,
    },
    {
      name: 'tcp:8080',
      container: { image: AGNHOST, args: ['liveness'], livenessProbe: { tcpSocket: { port: 8080 }, ...often } },
      restarts: false,
    },
    {
      name: 'gRPC that serves',
      container: {
        image: AGNHOST,
        args: ['grpc-health-checking'],
        livenessProbe: { grpc: { port: 5000 }, ...often },
      },
      restarts: false,
    },
    {
      name: 'gRPC on a port nobody listens on',
      container: { image: AGNHOST, args: ['grpc-health-checking'], livenessProbe: { grpc: { port: 2333 }, ...often } },
      restarts: true,
    },
  ])('liveness: $name', async ({ container, restarts }) => {
    const name = await run(container, '60s')
    const { restartCount } = statusOf(name)
    expect(restartCount > 0).toBe(restarts)
  })

  test('the number of restarts only grows', async () => {
    const probe = { ...http('/healthz', 8080), initialDelaySeconds: 5, failureThreshold: 1 }
    const name = await run({ image: AGNHOST, args: ['liveness'], livenessProbe: probe }, '1s')
    const counts: number[] = []
    for (let i = 0; i < 40; i++) {
      await cluster.advance('20s')
      counts.push(statusOf(name).restartCount)
    }
    expect(counts).toEqual([...counts].sort((a, b) => a - b))
    expect(counts.at(-1)).toBeGreaterThanOrEqual(5)
  })

  test('a readiness probe is not asked before its initial delay, and never restarts', async () => {
    const probe = { ...http('/', 80), initialDelaySeconds: 30, periodSeconds: 1 }
    const name = await run({ image: AGNHOST, args: ['test-webserver'], readinessProbe: probe }, '29s')
    expect(isReady(name)).toBe(false)
    await cluster.advance('10s')
    const { state, restartCount } = statusOf(name)
    const ready = podOf(name).status?.conditions?.find(({ type }) => type === 'Ready')
    const startedMs = Date.parse(state?.running?.startedAt ?? '')
    expect([ready?.status, restartCount]).toEqual(['True', 0])
    expect(Date.parse(String(ready?.lastTransitionTime)) - startedMs).toBeGreaterThanOrEqual(29_000)
  })

  test('a readiness probe that fails keeps the pod running and not ready', async () => {
    const probe = { exec: { command: ['/bin/false'] }, periodSeconds: 5 }
    const name = await run({ command: ['sleep', '600'], readinessProbe: probe }, '3m')
    expect([isReady(name), statusOf(name).restartCount, podOf(name).status?.phase]).toEqual([false, 0, 'Running'])
  })

  test('startup: liveness waits for it, and its failure kills with the probe’s own grace period', async () => {
    const command = ['/bin/sh', '-c', 'sleep 30; echo ok >/tmp/startup; sleep 600']
    const started = { exec: { command: ['cat', '/tmp/startup'] }, periodSeconds: 2, failureThreshold: 60 }
    const dead = { exec: { command: ['/bin/false'] }, failureThreshold: 1, periodSeconds: 2 }
    const name = await run({ command, startupProbe: started, livenessProbe: dead }, '29s')
    expect(statusOf(name)).toMatchObject({ started: false, restartCount: 0 })
    await cluster.advance('20s')
    expect(statusOf(name).restartCount).toBe(1)
    const deaf = ['/bin/sh', '-c', 'trap "" TERM; while true; do sleep 1; done']
    const probe = {
      exec: { command: ['/bin/false'] },
      failureThreshold: 1,
      periodSeconds: 1,
      terminationGracePeriodSeconds: 5,
    }
    const other = await run({ command: deaf, startupProbe: probe }, '20s', { terminationGracePeriodSeconds: 500 })
    expect(statusOf(other).restartCount).toBeGreaterThan(0)
    expect(statusOf(other).lastState?.terminated?.exitCode).toBe(137)
  })
})

describe('lifecycle hooks', () => {
  test.each<{ hook: 'postStart' | 'preStop'; by: 'exec' | 'httpGet' }>([
    { hook: 'postStart', by: 'exec' },
    { hook: 'postStart', by: 'httpGet' },
    { hook: 'preStop', by: 'exec' },
    { hook: 'preStop', by: 'httpGet' },
  ])('$hook by $by reaches the server', async ({ hook, by }) => {
    const server = await run({ image: AGNHOST, args: ['netexec'], ports: [{ containerPort: 8080 }] }, '10s')
    const host = cluster.pod(server).ip
    const path = `/echo?msg=${hook}-${by}`
    const handler =
      by === 'exec'
        ? { exec: { command: ['sh', '-c', `curl -s http://${host}:8080${path}`] } }
        : { httpGet: { path, host, port: 8080 } }
    const name = await run({ image: AGNHOST, args: ['pause'], lifecycle: { [hook]: handler } }, '10s')
    const heard = (): boolean => cluster.pod(server).logs().includes(`GET ${path}\n`)
    expect(heard()).toBe(hook === 'postStart')
    cluster.pod(name).delete()
    await cluster.advance('5s')
    expect(heard()).toBe(true)
    expect(cluster.pods({ app: name })).toEqual([])
  })

  test('a postStart hook that fails kills the container; a preStop hook that fails does not hold it back', async () => {
    const lifecycle = { postStart: { exec: { command: ['/bin/false'] } } }
    const name = await run({ command: ['sleep', '600'], lifecycle }, '30s')
    expect(statusOf(name).restartCount).toBeGreaterThan(0)
    const other = await run(
      { command: ['sleep', '600'], lifecycle: { preStop: { exec: { command: ['/no/such'] } } } },
      '5s',
    )
    cluster.pod(other).delete()
    await cluster.advance('5s')
    expect(cluster.pods({ app: other })).toEqual([])
  })
})

describe('what a kubelet does for its pods', () => {
  test('standard output is the log', async () => {
    const name = await run({ command: ['sh', '-c', "echo 'Hello World' ; sleep 240"] }, '5s')
    expect(cluster.pod(name).logs()).toBe('Hello World\n')
  })

  test('a command that always fails has a reason, and can be deleted', async () => {
    const name = await run({ command: ['/bin/false'] }, '40s')
    expect(statusOf(name).lastState?.terminated).toMatchObject({ exitCode: 1, reason: 'Error' })
    expect(statusOf(name).state?.waiting?.reason).toBe('CrashLoopBackOff')
    cluster.pod(name).delete()
    await cluster.advance('5s')
    expect(cluster.pods({ app: name })).toEqual([])
  })

  test('a read-only root file system is not written; volumes are', async () => {
    const name = await run(
      {
        command: ['/bin/sh', '-c', 'echo test > /file; echo kept > /data/file; cat /data/file; sleep 240'],
        securityContext: { readOnlyRootFilesystem: true },
        volumeMounts: [{ name: 'data', mountPath: '/data' }],
      },
      '5s',
      { volumes: [{ name: 'data', emptyDir: {} }] },
    )
    expect(cluster.pod(name).logs()).toMatch(/\/file: Read-only file system\nkept\n$/)
    expect((await cluster.pod(name).exec('cat /file')).exitCode).toBe(1)
  })

  test('runAsUser is who its processes are; runAsNonRoot refuses an image of root', async () => {
    const name = await run({ command: ['sh', '-c', 'id; sleep 240'] }, '5s', {
      securityContext: { runAsUser: 1001, runAsGroup: 3000, fsGroup: 2000 },
    })
    expect(cluster.pod(name).logs()).toBe('uid=1001 gid=3000 groups=3000,2000\n')
    const refused = await run({ image: 'nginx', securityContext: { runAsNonRoot: true } }, '5s')
    expect(statusOf(refused).state?.waiting).toMatchObject({
      reason: 'CreateContainerConfigError',
      message: expect.stringMatching(/^container has runAsNonRoot and image will run as root \(pod: "/) as string,
    })
  })

  test('/etc/hosts: the kubelet’s with host aliases, the container’s own when mounted, the node’s with hostNetwork', async () => {
    const name = await run({ command: ['sleep', '600'] }, '5s', {
      hostAliases: [{ ip: '123.45.67.89', hostnames: ['foo', 'bar'] }],
      volumes: [{ name: 'own', emptyDir: {} }],
      containers: [
        { name: 'managed', image: AGNHOST, args: ['pause'] },
        { name: 'mounted', image: AGNHOST, args: ['pause'], volumeMounts: [{ name: 'own', mountPath: '/etc' }] },
      ],
    })
    const hosts = (container: string): Promise<string> =>
      cluster
        .pod(name)
        .container(container)
        .exec('cat /etc/hosts')
        .then(({ stdout }) => stdout)
    expect(await hosts('managed')).toMatch(/^# Kubernetes-managed hosts file\.\n[^]*\n123\.45\.67\.89\tfoo\tbar\n$/)
    expect(await hosts('mounted')).toBe('')
    const host = await run({ command: ['sleep', '600'] }, '5s', { hostNetwork: true })
    const { stdout } = await cluster.pod(host).exec('cat /etc/hosts')
    expect(stdout).toMatch(/^# Kubernetes-managed hosts file \(host network\)\.\n/)
  })

  test('Services that were there before are in the environment, later ones are not', async () => {
    const service = (name: string): Manifest => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { selector: { app: 'x' }, ports: [{ port: 8765, targetPort: 8080 }] },
    })
    await cluster.apply([service('fooservice')])
    await cluster.advance('1s')
    const name = await run({ command: ['sh', '-c', 'env; sleep 600'] }, '5s')
    await cluster.apply([service('late')])
    const { stdout } = await cluster.pod(name).exec('env')
    for (const text of [
      'FOOSERVICE_SERVICE_HOST=',
      'FOOSERVICE_SERVICE_PORT=8765',
      'FOOSERVICE_PORT=tcp://',
      'FOOSERVICE_PORT_8765_TCP_PORT=8765',
      'FOOSERVICE_PORT_8765_TCP_PROTO=tcp',
      'FOOSERVICE_PORT_8765_TCP_ADDR=',
    ])
      expect(stdout).toContain(text)
    expect(stdout).not.toContain('LATE_SERVICE')
  })

  test('activeDeadlineSeconds, set later: the pod is Failed, DeadlineExceeded', async () => {
    const name = await run({ command: ['sleep', '600'] }, '5s')
    cluster.client.modify(pods, { namespace: 'default', name }, (draft) => {
      Object.assign(draft.spec, { activeDeadlineSeconds: 5 })
    })
    await cluster.advance('15s')
    expect(podOf(name).status).toMatchObject({ phase: 'Failed', reason: 'DeadlineExceeded' })
  })

  test('a changed image ends the container and starts another, whatever the restart policy', async () => {
    const name = await run({ image: 'nginx:1.26' }, '5s', { restartPolicy: 'Never' })
    cluster.client.modify(pods, { namespace: 'default', name }, (draft) => {
      Object.assign(draft.spec.containers[0] ?? {}, { image: 'nginx:1.27' })
    })
    await cluster.advance('10s')
    expect(statusOf(name)).toMatchObject({ restartCount: 1, ready: true, image: 'docker.io/library/nginx:1.27' })
    expect(statusOf(name).lastState?.terminated?.exitCode).toBe(0)
    expect(podOf(name).status?.phase).toBe('Running')
    const messages = cluster.client
      .list(events, { namespace: 'default' })
      .items.filter(({ involvedObject, reason }) => involvedObject.name === name && reason === 'Killing')
      .map(({ message }) => message)
    expect(messages).toEqual(['Container main definition changed, will be restarted'])
  })

  test('$(VAR) in env, command and args; $$ escapes', async () => {
    const name = await run(
      {
        command: ['sh', '-c'],
        args: ['echo "$(FOOBAR) $$(FOOBAR) $(NONE)"; env | grep ^FOOBAR; sleep 600'],
        env: [
          { name: 'FOO', value: 'foo-value' },
          { name: 'BAR', value: 'bar-value' },
          { name: 'FOOBAR', value: '$(FOO);;$(BAR)' },
        ],
      },
      '5s',
    )
    // The shell finds no commands FOOBAR and NONE.
    expect(cluster.pod(name).logs()).toContain('foo-value;;bar-value')
    expect(cluster.pod(name).logs()).toContain('FOOBAR=foo-value;;bar-value\n')
  })

  test('command and args of the image are replaced one by the other', async () => {
    const logs = async (container: Manifest): Promise<string> =>
      cluster.pod(await run({ image: AGNHOST, ...container }, '5s', { restartPolicy: 'Never' })).logs()
    expect(await logs({ args: ['entrypoint-tester', 'override', 'arguments'] })).toBe(
      '[/agnhost entrypoint-tester override arguments]\n',
    )
    expect(await logs({ command: ['/agnhost', 'entrypoint-tester'], args: ['x'] })).toBe(
      '[/agnhost entrypoint-tester x]\n',
    )
  })

  test.each<{ policy: string; code: number; phase: string }>([
    { policy: 'Never', code: 0, phase: 'Running' },
    { policy: 'Always', code: 0, phase: 'Running' },
    { policy: 'Always', code: 1, phase: 'Pending' },
    { policy: 'Never', code: 1, phase: 'Failed' },
  ])('init containers of a pod that restarts $policy, exit $code: $phase', async ({ policy, code, phase }) => {
    const init = (name: string, command: string): Manifest => ({ name, image: BUSYBOX, command: [command] })
    const name = await run({ image: 'registry.k8s.io/pause:3.10' }, '30s', {
      restartPolicy: policy,
      initContainers: [init('init1', code === 0 ? '/bin/true' : '/bin/false'), init('init2', '/bin/true')],
    })
    const { status } = podOf(name)
    expect(status?.phase).toBe(phase)
    const initialized = status?.conditions?.find(({ type }) => type === 'Initialized')
    expect(initialized?.status).toBe(code === 0 ? 'True' : 'False')
    if (code !== 0) expect(status?.initContainerStatuses?.[1]?.state?.waiting?.reason).toBe('PodInitializing')
  })
})
