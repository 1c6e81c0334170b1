// The official JavaScript client, unmodified, against `podwire up`: typed calls, an informer, exec and logs.

import { join } from 'node:path'
import { AppsV1Api, CoreV1Api, KubeConfig, makeInformer, type V1Pod } from '@kubernetes/client-node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root, UpProcess } from './up.ts'

describe('@kubernetes/client-node', () => {
  let up: UpProcess
  const config = new KubeConfig()
  let core: CoreV1Api
  let apps: AppsV1Api

  beforeAll(async () => {
    up = new UpProcess(['--demo', '--dns-port', '0', '--no-ingress', '--speed', '10'])
    await up.ready()
    config.loadFromFile(up.kubeconfig)
    core = config.makeApiClient(CoreV1Api)
    apps = config.makeApiClient(AppsV1Api)
  }, 60_000)

  afterAll(async () => {
    await up.stop()
  })

  test('lists and reads typed objects', async () => {
    const nodes = await core.listNode()
    expect(nodes.items.map((node) => node.metadata?.name)).toEqual(['node-1', 'node-2', 'node-3'])
    const deployment = await apps.readNamespacedDeployment({ namespace: 'default', name: 'kubia' })
    expect(deployment.status?.readyReplicas).toBe(3)
    expect(deployment.metadata?.creationTimestamp).toBeInstanceOf(Date)
  })

  test('creates, patches by scale, and deletes', async () => {
    await core.createNamespacedConfigMap({
      namespace: 'default',
      body: { metadata: { name: 'made' }, data: { a: 'b' } },
    })
    const found = await core.readNamespacedConfigMap({ namespace: 'default', name: 'made' })
    expect(found.data).toEqual({ a: 'b' })
    await core.deleteNamespacedConfigMap({ namespace: 'default', name: 'made' })
    await expect(core.readNamespacedConfigMap({ namespace: 'default', name: 'made' })).rejects.toMatchObject({
      code: 404,
    })
  })

  test('an informer hears of what exists, what is added and what goes', async () => {
    const informer = makeInformer<V1Pod>(
      config,
      '/api/v1/namespaces/default/pods',
      () => core.listNamespacedPod({ namespace: 'default', labelSelector: 'app=kubia' }),
      'app=kubia',
    )
    const heard: string[] = []
    for (const event of ['add', 'delete'] as const)
      informer.on(event, (pod) => heard.push(`${event} ${pod.metadata?.name}`))
    informer.on('error', () => {})
    await informer.start()
    await up.until(() => heard.length >= 3)
    up.kubectl('scale deployment kubia --replicas=4')
    await up.until(() => heard.filter((line) => line.startsWith('add')).length === 4)
    up.kubectl('scale deployment kubia --replicas=3')
    await up.until(() => heard.some((line) => line.startsWith('delete')), 30_000)
    await informer.stop()
  }, 60_000)

  test('exec: output, exit status', () => {
    const script = join(root, 'test', 'client-node-exec.mjs')
    const command = ['default', 'client', 'client', 'sh', '-c', 'echo hello; exit 4']
    const { stdout } = up.run(process.execPath, [script, up.kubeconfig, ...command])
    const { text, status } = JSON.parse(stdout) as {
      text: string
      status: { details?: { causes?: { message: string }[] } }
    }
    expect(text).toBe('hello\n')
    expect(status.details?.causes?.[0]?.message).toBe('4')
  })

  test('exec with two megabytes of input, attach, a followed log, port-forward and cp', () => {
    const script = ['sh', '-c', 'while true; do echo tick; sleep 2; done']
    up.run('kubectl', ['run', 'talker', '--image=busybox:1.36', '--restart=Never', '--', ...script])
    expect(up.kubectl('wait --for=condition=Ready pod/talker --timeout=60s').status).toBe(0)
    const kubia = up.kubectl('get pods -l app=kubia -o jsonpath={.items[0].metadata.name}').stdout
    const streams = join(root, 'test', 'client-node-streams.mjs')
    const { stdout, stderr } = up.run(process.execPath, [streams, up.kubeconfig, 'talker', kubia])
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual({ exec: ['Success', true], attach: true, log: true, forward: true, cpTo: true })
  }, 60_000)
})
