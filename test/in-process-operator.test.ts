// An operator written with the official JavaScript client, unmodified, in this process: an informer and a reconcile loop over a custom
// resource, calls, logs and exec, all without sockets and on virtual time.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import {
  ApiException,
  AppsV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  Log,
  makeInformer,
  Watch,
  type KubernetesListObject,
  type KubernetesObject,
} from '@kubernetes/client-node'
import { createCluster, type Cluster } from '@podwire/sim'
import { describe, expect, test } from 'vitest'
import { root } from './up.ts'

const GROUP = { group: 'example.com', version: 'v1', plural: 'sites' }

interface Site extends KubernetesObject {
  readonly spec: { readonly replicas: number }
}

const DEFINITION = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: sites.example.com}
spec:
  group: example.com
  names: {kind: Site, plural: sites, singular: site, listKind: SiteList}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {replicas: {type: integer}}}}}}
`

const site = (name: string, replicas: number): Record<string, unknown> => ({
  apiVersion: 'example.com/v1',
  kind: 'Site',
  metadata: { name },
  spec: { replicas },
})

/** Keeps a Deployment for every Site. */
async function startOperator(config: KubeConfig): Promise<{ stop(): Promise<void>; readonly done: string[] }> {
  const [custom, apps] = [config.makeApiClient(CustomObjectsApi), config.makeApiClient(AppsV1Api)]
  const done: string[] = []
  const reconcile = async ({ metadata, spec }: Site): Promise<void> => {
    const [name, namespace] = [metadata?.name ?? '', metadata?.namespace ?? '']
    const body = {
      metadata: { name },
      spec: {
        replicas: spec.replicas,
        selector: { matchLabels: { site: name } },
        template: {
          metadata: { labels: { site: name } },
          spec: { containers: [{ name: 'web', image: 'nginx', ports: [{ containerPort: 80 }] }] },
        },
      },
    }
    try {
      await apps.createNamespacedDeployment({ namespace, body })
      done.push(`created ${name}`)
    } catch (error) {
      if (!(error instanceof ApiException) || error.code !== 409) throw error
      const found = await apps.readNamespacedDeployment({ namespace, name })
      await apps.replaceNamespacedDeployment({ namespace, name, body: { ...found, spec: body.spec } })
      done.push(`scaled ${name} to ${spec.replicas}`)
    }
  }
  const informer = makeInformer<Site>(
    config,
    '/apis/example.com/v1/namespaces/default/sites',
    async () =>
      (await custom.listNamespacedCustomObject({ ...GROUP, namespace: 'default' })) as KubernetesListObject<Site>,
  )
  informer.on('add', (added) => void reconcile(added))
  informer.on('update', (changed) => void reconcile(changed))
  informer.on('error', () => undefined)
  await informer.start()
  return { stop: () => informer.stop(), done }
}

const ready = (cluster: Cluster, name: string): number => cluster.pods({ site: name }).filter((pod) => pod.ready).length

async function runOperator(seed: number): Promise<readonly unknown[]> {
  await using cluster = await createCluster({ nodes: 2, seed, ingress: false })
  await cluster.apply([DEFINITION])
  await cluster.settle()
  await cluster.apply(site('blog', 1))
  const operator = await startOperator((await cluster.kubeConfig()).connect(new KubeConfig()))
  await cluster.apply(site('shop', 2))
  await cluster.settle()
  const first = [ready(cluster, 'blog'), ready(cluster, 'shop')]
  await cluster.apply(site('blog', 3))
  await cluster.advance('30s')
  const second = [ready(cluster, 'blog'), ready(cluster, 'shop')]
  const { traceHash } = cluster
  await operator.stop()
  return [operator.done, first, second, traceHash]
}

describe('the official client in this process', () => {
  test('an operator reconciles a custom resource while virtual time runs, and does the same again', async () => {
    const once = await runOperator(3)
    expect(once.slice(0, 3)).toEqual([
      ['created blog', 'created shop', 'scaled blog to 3'],
      [1, 2],
      [3, 2],
    ])
    expect(await runOperator(3)).toEqual(once)
    expect((await runOperator(4)).at(-1)).not.toBe(once.at(-1))
  })

  test('logs and watches', async () => {
    await using cluster = await createCluster({ nodes: 1, ingress: false })
    const spec = { containers: [{ name: 'web', image: 'nginx', ports: [{ containerPort: 80 }] }] }
    await cluster.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec })
    await cluster.settle()
    await cluster.node('node-1').fetch(`http://${cluster.pod('web').ip ?? ''}/`)
    const config = (await cluster.kubeConfig()).connect(new KubeConfig())
    const log = new PassThrough()
    await new Log(config).log('default', 'web', 'web', log, { tailLines: 1 })
    expect(await log.setEncoding('utf8').toArray()).toHaveLength(1)
    const seen: string[] = []
    const watching = await new Watch(config).watch(
      '/api/v1/namespaces/default/configmaps',
      {},
      (type, object: KubernetesObject) => seen.push(`${type} ${object.metadata?.name ?? ''}`),
      () => undefined,
    )
    await cluster.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one' } })
    await cluster.settle()
    watching.abort()
    expect(seen).toEqual(['ADDED kube-root-ca.crt', 'ADDED one'])
  })

  test('exec, over a websocket without a socket, as far as time is moved', () => {
    const { stdout, stderr } = spawnSync(process.execPath, [join(root, 'test', 'in-process-exec.mjs')], {
      encoding: 'utf8',
    })
    const { text, status } = JSON.parse(stdout === '' ? stderr : stdout) as { text: string; status: object }
    expect(text).toBe('web\n')
    expect(status).toMatchObject({ status: 'Failure', details: { causes: [{ reason: 'ExitCode', message: '3' }] } })
  })

  test('a service account may do what its roles allow', async () => {
    await using cluster = await createCluster({ nodes: 1, ingress: false })
    const api = 'rbac.authorization.k8s.io/v1'
    await cluster.apply([
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'operator' } },
      {
        apiVersion: api,
        kind: 'Role',
        metadata: { name: 'reader' },
        rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list'] }],
      },
      {
        apiVersion: api,
        kind: 'RoleBinding',
        metadata: { name: 'reader' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
        subjects: [{ kind: 'ServiceAccount', name: 'operator', namespace: 'default' }],
      },
    ])
    const config = (await cluster.kubeConfig({ serviceAccount: 'default/operator' })).connect(new KubeConfig())
    const core = config.makeApiClient(CoreV1Api)
    expect((await core.listNamespacedConfigMap({ namespace: 'default' })).items.length).toBeGreaterThan(0)
    await expect(core.listNamespacedSecret({ namespace: 'default' })).rejects.toMatchObject({ code: 403 })
    await expect(cluster.kubeConfig({ serviceAccount: 'default/nobody' })).rejects.toThrow(
      'Failed to make a kubeconfig for default/nobody: there is no such service account. Say namespace/name, and apply it first.',
    )
  })

  test('while the API server is down its connections end and new ones are refused', async () => {
    await using cluster = await createCluster({ nodes: 1, ingress: false })
    const config = (await cluster.kubeConfig()).connect(new KubeConfig())
    const core = config.makeApiClient(CoreV1Api)
    const over = new Promise((resolve) => {
      void new Watch(config).watch('/api/v1/pods', {}, () => undefined, resolve)
    })
    expect((await core.listNode()).items).toHaveLength(1)
    {
      using _ = cluster.faults.apiServerDown()
      await over
      await expect(core.listNode()).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    }
    expect((await core.listNode()).items).toHaveLength(1)
    const unlike = { loadFromString: (): void => undefined }
    await expect((async () => (await cluster.kubeConfig()).connect(unlike))()).rejects.toThrow(
      'Failed to connect a KubeConfig: this one makes no agents. Use the KubeConfig of @kubernetes/client-node 1.x.',
    )
  })
})
