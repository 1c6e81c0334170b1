import { configMaps, pods, type Container, type ExecResult } from '@podwire/apiserver'
import { expect, test } from 'vitest'
import { createNodeConnection } from './node-connection.ts'
import { createKubeletWorld, seconds, type KubeletWorld } from './kubelet-world.suite.ts'

const box = (more: Partial<Container>): { readonly containers: readonly Container[] } => ({
  containers: [{ name: 'main', image: 'busybox', ...more }],
})

interface Session {
  readonly result: ExecResult
  readonly stdout: string
  readonly stderr: string
}

async function exec(
  { kubelet, fabric, driver, get }: KubeletWorld,
  command: readonly string[],
  stdin?: string,
): Promise<Session> {
  const out: Uint8Array[] = []
  const err: Uint8Array[] = []
  const connection = createNodeConnection(
    () => kubelet,
    () => fabric.nodeNetwork('node-1'),
  )
  const session = connection.exec(
    get('web'),
    { container: 'main', command, stdin: stdin !== undefined, tty: false },
    { stdout: (data) => void out.push(data), stderr: (data) => void err.push(data) },
  )
  if (stdin !== undefined) {
    void session.write(Buffer.from(stdin))
    session.closeStdin()
  }
  const result = await driver.wait(session.result)
  return { result, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }
}

function logOf({ kubelet }: KubeletWorld): string {
  return kubelet.pod('default', 'web')?.slot('main')?.log?.read({ timestamps: false }) ?? ''
}

test('a script is the main program, and its output the log', async () => {
  const world = createKubeletWorld()
  world.create(
    'web',
    box({
      command: ['sh', '-c', 'while true; do echo hello $NAME; sleep 5; done'],
      env: [{ name: 'NAME', value: 'pod' }],
    }),
  )
  await world.driver.settle()
  await world.driver.advance(seconds(11))
  expect(world.get('web').status?.phase).toBe('Running')
  expect(logOf(world)).toMatch(/^(hello pod\n){3,4}$/)
})

test('busybox without a command ends and is restarted: CrashLoopBackOff', async () => {
  const world = createKubeletWorld()
  world.create('web', box({}))
  await world.driver.settle()
  const status = world.get('web').status?.containerStatuses?.[0]
  expect(status?.lastState?.terminated).toMatchObject({ exitCode: 0, reason: 'Completed' })
  expect(status?.state?.waiting?.reason).toBe('CrashLoopBackOff')
})

test('a command that does not exist cannot be started', async () => {
  const world = createKubeletWorld()
  world.create('web', { ...box({ command: ['nope'] }), restartPolicy: 'Never' })
  await world.driver.settle()
  expect(world.get('web').status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({
    exitCode: 128,
    reason: 'StartError',
    message: expect.stringMatching(/exec: "nope": executable file not found in \$PATH$/) as string,
  })
})

test.each([
  { name: 'hostname', command: ['hostname'], stdout: 'web\n' },
  { name: 'environment', command: ['sh', '-c', 'echo $HOSTNAME $GREETING'], stdout: 'web hi\n' },
  {
    name: 'the service account',
    command: ['cat', '/var/run/secrets/kubernetes.io/serviceaccount/namespace'],
    stdout: 'default',
  },
  {
    name: 'resolv.conf',
    command: ['cat', '/etc/resolv.conf'],
    stdout:
      'search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n',
  },
  { name: 'an exit code', command: ['sh', '-c', 'exit 3'], stdout: '', exitCode: 3 },
])('exec: $name', async ({ command, stdout, exitCode = 0 }) => {
  const world = createKubeletWorld()
  world.create('web', { containers: [{ name: 'main', image: 'nginx', env: [{ name: 'GREETING', value: 'hi' }] }] })
  await world.driver.settle()
  expect(await exec(world, command)).toMatchObject({ stdout, result: { exitCode } })
})

test('exec with standard input', async () => {
  const world = createKubeletWorld()
  world.create('web', { containers: [{ name: 'main', image: 'nginx' }] })
  await world.driver.settle()
  expect(await exec(world, ['cat'], 'typed\n')).toMatchObject({ stdout: 'typed\n', result: { exitCode: 0 } })
})

test('a distroless image has no shell', async () => {
  const world = createKubeletWorld()
  world.create('web', { containers: [{ name: 'main', image: 'registry.k8s.io/pause:3.10' }] })
  await world.driver.settle()
  const { result } = await exec(world, ['sh'])
  expect('error' in result ? result.error : '').toMatch(
    /OCI runtime exec failed: .*exec: "sh": executable file not found in \$PATH: unknown$/,
  )
})

test('emptyDir is shared by the containers of a pod', async () => {
  const world = createKubeletWorld()
  const volumeMounts = [{ name: 'shared', mountPath: '/data' }]
  world.create('web', {
    volumes: [{ name: 'shared', emptyDir: {} }],
    initContainers: [
      { name: 'writer', image: 'busybox', command: ['sh', '-c', 'echo content > /data/file'], volumeMounts },
    ],
    containers: [{ name: 'main', image: 'nginx', volumeMounts }],
  })
  await world.driver.settle()
  expect((await exec(world, ['cat', '/data/file'])).stdout).toBe('content\n')
})

test('logs are served with timestamps, tail and the previous run', async () => {
  const world = createKubeletWorld()
  world.create('web', { ...box({ command: ['sh', '-c', 'echo one; echo two; echo three'] }), restartPolicy: 'Never' })
  await world.driver.settle()
  const connection = createNodeConnection(
    () => world.kubelet,
    () => world.fabric.nodeNetwork('node-1'),
  )
  const texts: string[] = []
  let ended = false
  const request = { container: 'main', follow: false, previous: false, timestamps: false }
  connection.logs(
    world.get('web'),
    { ...request, tailLines: 2 },
    (text) => texts.push(Buffer.from(text).toString()),
    () => (ended = true),
  )
  expect([texts.join(''), ended]).toEqual(['two\nthree\n', true])
  texts.length = 0
  connection.logs(
    world.get('web'),
    { ...request, timestamps: true, tailLines: 1 },
    (text) => texts.push(Buffer.from(text).toString()),
    () => undefined,
  )
  expect(texts.join('')).toMatch(/^2026-01-01T00:00:\d\d\.\d{9}Z three\n$/)
})

test('mounted objects are shown as they are now: a ConfigMap, and the pod’s own labels', async () => {
  const world = createKubeletWorld()
  const { client, driver } = world
  const settings = { namespace: 'default', name: 'settings' }
  client.create(configMaps, { metadata: settings, data: { color: 'red' } })
  world.create('web', {
    ...box({
      command: ['sleep', '100000'],
      volumeMounts: [
        { name: 'settings', mountPath: '/etc/settings' },
        { name: 'about', mountPath: '/etc/about' },
      ],
    }),
    volumes: [
      { name: 'settings', configMap: { name: 'settings' } },
      { name: 'about', downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
    ],
  })
  await driver.settle()
  const look = async (): Promise<string> =>
    (await exec(world, ['sh', '-c', 'cat /etc/settings/* /etc/about/labels; readlink /etc/settings/..data'])).stdout
  const before = await look()
  expect(before).toMatch(/^red\.\.\d{4}_/)
  expect(await look()).toBe(before)
  client.modify(configMaps, settings, (draft) => void (draft.data = { color: 'blue', size: 'L' }))
  client.modify(
    pods,
    { namespace: 'default', name: 'web' },
    (draft) => void (draft.metadata.labels = { tier: 'front' }),
  )
  await driver.settle()
  const after = await look()
  expect(after).toMatch(/^blueLtier="front"\.\.\d{4}_/)
  expect(after.slice(after.indexOf('..'))).not.toBe(before.slice(before.indexOf('..')))
})
