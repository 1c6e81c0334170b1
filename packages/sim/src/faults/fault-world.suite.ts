// A small cluster to break: a Deployment `web` behind a Service, with all three probes, and a client pod on node-1.

import { createCluster, type Cluster, type ClusterOptions } from '../index.ts'

const probe = (path: string, periodSeconds: number): object => ({
  httpGet: { path, port: 80 },
  periodSeconds,
  failureThreshold: 2,
})

export const webManifests = (replicas = 2): readonly Readonly<Record<string, unknown>>[] => [
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: {
          containers: [
            {
              name: 'web',
              image: 'nginx',
              ports: [{ containerPort: 80 }],
              startupProbe: probe('/', 2),
              readinessProbe: probe('/', 2),
              livenessProbe: probe('/', 5),
            },
          ],
        },
      },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'client' },
    spec: { nodeName: 'node-1', containers: [{ name: 'client', image: 'busybox', command: ['sleep', '1000000'] }] },
  },
]

export async function webCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const cluster = await createCluster({ nodes: 3, ingress: false, ...options })
  await cluster.apply(webManifests())
  await cluster.settle()
  return cluster
}

/** What a request from the client comes to: who answered, or the error's code. */
export async function ask(cluster: Cluster, url = 'http://web/', timeoutMs = 2000): Promise<string> {
  try {
    return (await cluster.pod('client').fetch(url, { timeoutMs })).pod ?? 'nobody'
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
}

export async function askOften(cluster: Cluster, times: number, url?: string): Promise<readonly string[]> {
  const answers: string[] = []
  for (let i = 0; i < times; i++) answers.push(await ask(cluster, url))
  return answers
}
