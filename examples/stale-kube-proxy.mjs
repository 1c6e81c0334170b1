// One node's kube-proxy cannot write its rules any more, and nobody notices until pods are replaced: clients on that node are led to
// addresses that are gone, while everybody else is fine. Shown broken, and with a kube-proxy that works.
//
//   node examples/stale-kube-proxy.mjs [seed]
//
// Such a node answers 503 on port 10256 of /healthz once changes have waited for two sync periods: that is what to watch.

import { pathToFileURL } from 'node:url'
import { createCluster } from '@podwire/sim'

const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
}

const deployment = (image) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        containers: [
          {
            name: 'web',
            image,
            ports: [{ containerPort: 80 }],
            readinessProbe: { httpGet: { path: '/', port: 80 }, periodSeconds: 1 },
            // So that the rollout itself loses nothing.
            lifecycle: { preStop: { sleep: { seconds: 5 } } },
          },
        ],
      },
    },
  },
})

const client = (node) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `client-${node}` },
  spec: { nodeName: node, containers: [{ name: 'client', image: 'busybox', command: ['sleep', '100000'] }] },
})

export async function incident({ fixed, seed = 1 }) {
  const cluster = await createCluster({ nodes: 3, seed, ingress: false, proxy: { syncPeriod: '10s' } })
  try {
    await cluster.apply([service, deployment('nginx:1.26'), ...cluster.nodeNames.map(client)])
    await cluster.settle()
    if (!fixed) cluster.faults.kubeProxyNotSyncing('node-2')
    const loads = new Map()
    for (const node of cluster.nodeNames) {
      loads.set(node, await cluster.pod(`client-${node}`).startLoad('http://web/', { everyMs: 200 }))
    }
    await cluster.apply([deployment('nginx:1.27')])
    await cluster.advance('40s')
    const reports = new Map()
    for (const [node, load] of loads) reports.set(node, await load.stop())
    const health = await cluster.node('node-2').fetch('http://127.0.0.1:10256/healthz')
    return { lost: [...reports.values()].flatMap((report) => report.lost), sentence: explain(reports, health.status) }
  } finally {
    await cluster.stop()
  }
}

function explain(reports, health) {
  const [[node, worst]] = [...reports].sort(([, a], [, b]) => b.lost.length - a.lost.length)
  if (worst.lost.length === 0) return 'Nothing was lost: every node had the new rules before the old pods were gone.'
  const others = [...reports].filter(([name]) => name !== node).every(([, { lost }]) => lost.length === 0)
  const { endpoint, pod } = worst.lost[0]
  return (
    `Clients on ${node} lost ${worst.lost.length} of ${worst.requests} requests${others ? ' and nobody else lost any' : ''}: ` +
    `kube-proxy of ${node} does not write its rules (its /healthz says ${health}), so they still lead to ${endpoint} (${pod}), which is gone.`
  )
}

async function main(seed) {
  for (const fixed of [false, true]) {
    const { sentence } = await incident({ fixed, seed })
    process.stdout.write(`${fixed ? 'fixed: ' : 'broken: '}${sentence}\n`)
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(Number(process.argv[2] ?? '1'))
