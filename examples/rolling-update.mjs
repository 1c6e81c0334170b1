// Why a rollout loses requests, and what a preStop sleep does about it. A Deployment behind a Service is asked steadily from a pod on
// every node while it is rolled out, once as most people write it and once with a preStop sleep.
//
//   node examples/rolling-update.mjs [seed]
//
// When a pod is deleted its container gets SIGTERM at once, while each node's kube-proxy takes the pod out of its rules a moment
// later, on its own. Whoever asks in between is led to a pod that does not listen any more. The sleep holds SIGTERM back until
// every node has caught up.

import { pathToFileURL } from 'node:url'
import { createCluster } from '@podwire/sim'

const NODES = 3

const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
}

const deployment = (image, lifecycle) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 6,
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
            ...lifecycle,
          },
        ],
      },
    },
  },
})

/** A client on every node: each node's rules lag on their own. */
const client = (node) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `client-${node}` },
  spec: { nodeName: node, containers: [{ name: 'client', image: 'busybox', command: ['sleep', '100000'] }] },
})

/** Rolls a Deployment out under load and says what became of the requests, by the client's node. */
export async function rollout({ preStop, seed = 1 }) {
  const lifecycle = preStop ? { lifecycle: { preStop: { sleep: { seconds: 5 } } } } : {}
  const nodes = Array.from({ length: NODES }, (_, index) => `node-${index + 1}`)
  const cluster = await createCluster({ nodes: NODES, seed })
  try {
    await cluster.apply([service, deployment('nginx:1.26', lifecycle), ...nodes.map(client)])
    await cluster.settle()
    const loads = []
    for (const node of nodes) loads.push(await cluster.pod(`client-${node}`).startLoad('http://web/', { everyMs: 20 }))
    await cluster.advance('2s')
    await cluster.apply([deployment('nginx:1.27', lifecycle)])
    await cluster.settle()
    await cluster.advance('10s')
    const reports = []
    for (const [index, load] of loads.entries()) reports.push({ node: nodes[index], report: await load.stop() })
    return reports
  } finally {
    await cluster.stop()
  }
}

/** What went wrong. */
export function sentence(reports) {
  const requests = reports.reduce((sum, { report }) => sum + report.requests, 0)
  const lost = reports.flatMap(({ report }) => report.lost)
  if (lost.length === 0) return 'Nothing was lost: every node had left the old pods out before they were told to stop.'
  const lags = lost.flatMap(({ signalledUs, syncedUs }) => (syncedUs > signalledUs ? [syncedUs - signalledUs] : []))
  return (
    `${lost.length} of ${requests} requests were lost: old pods were told to stop up to ${Math.round(Math.max(...lags) / 1000)} ms ` +
    'before the rules of a node left them out, and who asked there meanwhile was led to a pod that did not listen any more.'
  )
}

async function main(seed) {
  for (const preStop of [false, true]) {
    process.stdout.write(`${preStop ? 'with' : 'without'} a preStop sleep\n`)
    const reports = await rollout({ preStop, seed })
    for (const { node, report } of reports) process.stdout.write(`from ${node}: ${report.explain()}`)
    process.stdout.write(`${sentence(reports)}\n\n`)
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(Number(process.argv[2] ?? '1'))
