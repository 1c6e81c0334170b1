// A Service with externalTrafficPolicy: Local answers only on nodes that have one of its pods. A balancer in front that takes every
// node loses what it sends to an empty one; one that asks the health-check node port of each node leaves it out.
//
//   node examples/traffic-policy-local.mjs [seed]

import { pathToFileURL } from 'node:url'
import { createCluster } from '@podwire/sim'

const PORT = 30080
const HEALTH_PORT = 30090

const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  spec: {
    type: 'LoadBalancer',
    externalTrafficPolicy: 'Local',
    healthCheckNodePort: HEALTH_PORT,
    selector: { app: 'web' },
    ports: [{ port: 80, nodePort: PORT }],
  },
}

const web = (node) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `web-${node}`, labels: { app: 'web' } },
  spec: { nodeName: node, containers: [{ name: 'web', image: 'nginx', ports: [{ containerPort: 80 }] }] },
})

export async function incident({ fixed, seed = 1 }) {
  const cluster = await createCluster({ nodes: 3, seed, ingress: false })
  try {
    await cluster.apply([service, web('node-1'), web('node-2')])
    await cluster.settle()
    const { external } = cluster
    const addressOf = (node) => cluster.node(node).object.status.addresses[0].address
    const isHealthy = async (node) => (await external.fetch(`http://${addressOf(node)}:${HEALTH_PORT}/`)).status === 200
    const backends = []
    for (const node of cluster.nodeNames) if (!fixed || (await isHealthy(node))) backends.push(node)
    const reports = new Map()
    for (const node of backends) {
      const load = await external.startLoad(`http://${addressOf(node)}:${PORT}/`, { rate: 10, for: '2s' })
      reports.set(node, await load.finished())
    }
    return { lost: [...reports.values()].flatMap((report) => report.lost), sentence: explain(reports) }
  } finally {
    await cluster.stop()
  }
}

function explain(reports) {
  const found = [...reports].find(([, { lost }]) => lost.length > 0)
  if (found === undefined) return `Nothing was lost: the balancer sends to ${[...reports.keys()].join(' and ')} only.`
  const [node, { lost, requests }] = found
  return (
    `${node} answered none of ${requests} requests (${lost.length} lost, ${lost[0].code}): the Service has externalTrafficPolicy: Local ` +
    `and ${node} has none of its pods, so its rules drop what comes from outside (${lost[0].stopped}).`
  )
}

async function main(seed) {
  for (const fixed of [false, true]) {
    const { sentence } = await incident({ fixed, seed })
    process.stdout.write(`${fixed ? 'fixed: ' : 'broken: '}${sentence}\n`)
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(Number(process.argv[2] ?? '1'))
