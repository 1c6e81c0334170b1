// A headless Service gives clients the pods' own addresses. One that looks the name up once and keeps the address goes on asking a
// pod that is gone. Fixed: it looks the name up for every request, and pods linger longer than DNS answers are kept (30 s).
//
//   node examples/headless-dead-ips.mjs [seed]

import { pathToFileURL } from 'node:url'
import { createCluster } from '@podwire/sim'

const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'db' },
  spec: { clusterIP: 'None', selector: { app: 'db' }, ports: [{ port: 80 }] },
}

const deployment = (image, lingerSeconds) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'db' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'db' } },
    template: {
      metadata: { labels: { app: 'db' } },
      spec: {
        terminationGracePeriodSeconds: 60,
        containers: [
          {
            name: 'db',
            image,
            ports: [{ containerPort: 80 }],
            readinessProbe: { httpGet: { path: '/', port: 80 }, periodSeconds: 1 },
            lifecycle: { preStop: { sleep: { seconds: lingerSeconds } } },
          },
        ],
      },
    },
  },
})

const client = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'client' },
  spec: { nodeName: 'node-1', containers: [{ name: 'client', image: 'busybox', command: ['sleep', '100000'] }] },
}

export async function incident({ fixed, seed = 1 }) {
  const linger = fixed ? 40 : 5
  const cluster = await createCluster({ nodes: 3, seed, ingress: false })
  try {
    await cluster.apply([service, deployment('nginx:1.26', linger), client])
    await cluster.settle()
    const lookup = fixed ? 'each' : 'once'
    const load = await cluster.pod('client').startLoad('http://db/', { everyMs: 500, lookup })
    await cluster.advance('5s')
    await cluster.apply([deployment('nginx:1.27', linger)])
    await cluster.advance('2m')
    const report = await load.stop()
    const { addresses } = await cluster.pod('client').lookup('db')
    return { lost: report.lost, sentence: explain(report, addresses) }
  } finally {
    await cluster.stop()
  }
}

function explain({ requests, lost }, addresses) {
  if (lost.length === 0) {
    return 'Nothing was lost: the name is looked up for every request, and pods outlive the answers that name them.'
  }
  const [{ sentUs }, { code }] = [lost[0], lost.at(-1)]
  return (
    `The client lost ${lost.length} of ${requests} requests (${code}, from ${(sentUs / 1e6).toFixed(1)} s on): it looked the headless name ` +
    `db up once and keeps an address whose pod is gone, while DNS has long said ${addresses.join(' and ')}.`
  )
}

async function main(seed) {
  for (const fixed of [false, true]) {
    const { sentence } = await incident({ fixed, seed })
    process.stdout.write(`${fixed ? 'fixed: ' : 'broken: '}${sentence}\n`)
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(Number(process.argv[2] ?? '1'))
