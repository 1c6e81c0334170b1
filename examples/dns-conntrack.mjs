// A DNS forwarder sends all its queries from one UDP port. conntrack takes them for one flow and keeps leading it to the CoreDNS pod it
// chose first, also when that pod has fallen silent, until kube-proxy sees it unready and removes the entry. Fixed: every try has a
// port of its own, so that it may be led elsewhere.
//
//   node examples/dns-conntrack.mjs [seed]

import { pathToFileURL } from 'node:url'
import { createCluster } from '@podwire/sim'

const DNS = { address: '10.96.0.10', port: 53 }
const NAME = 'kubernetes.default.svc.cluster.local'
const PORT = 5353
const TRIES = 10
const TRY_US = 80_000
const EVERY_US = 1_000_000

/** A question for an A record, as it goes over the wire. */
function query(id) {
  const labels = NAME.split('.').flatMap((label) => [label.length, ...Buffer.from(label)])
  return Uint8Array.from([id >> 8, id & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, 1, 0, 1])
}

/** Asks once a second, up to ten times until an answer comes; counts what it got none for. */
function forwarder(fixed, counts) {
  const start = (context) => {
    const { engine, network } = context
    const open = () => network.bindUdp(fixed ? 0 : PORT)
    let socket = open()
    let id = 0
    const ask = (triesLeft) => {
      let answered = false
      if (fixed) {
        socket.close()
        socket = open()
      }
      socket.onMessage = () => {
        answered = true
      }
      socket.send(query(++id & 0xffff), DNS)
      engine.schedule(TRY_US, 'forwarder', () => {
        if (answered) counts.answered++
        else if (triesLeft > 1) ask(triesLeft - 1)
        else counts.lost++
      })
    }
    const next = () => {
      ask(TRIES)
      engine.schedule(EVERY_US, 'forwarder', next, 'background')
    }
    next()
    return { signal: () => context.exit(143) }
  }
  return { name: 'forwarder', entrypoint: ['/forwarder'], ports: [], libc: 'musl', start }
}

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'forwarder' },
  spec: { nodeName: 'node-1', containers: [{ name: 'forwarder', image: 'forwarder' }] },
}

export async function incident({ fixed, seed = 1 }) {
  const counts = { answered: 0, lost: 0 }
  const cluster = await createCluster({ nodes: 3, seed, ingress: false, images: [forwarder(fixed, counts)] })
  try {
    await cluster.apply(pod)
    await cluster.settle()
    await cluster.advance('5s')
    const pods = cluster.pods({ 'k8s-app': 'kube-dns' })
    const { stdout } = await cluster.node('node-1').exec('conntrack -L -p udp')
    // The reply's source is where the flow leads.
    const leadsTo = new RegExp(`sport=${PORT} .* src=(\\S+) `).exec(stdout)?.[1]
    const lost = pods.find(({ ip }) => ip === leadsTo) ?? pods[0]
    cluster.faults.coreDnsPodLost(lost.name)
    let unreadyAfter = 0
    for (; lost.ready; unreadyAfter++) await cluster.advance('1s')
    await cluster.advance('30s')
    return { lost: counts.lost, sentence: explain(counts, lost, unreadyAfter) }
  } finally {
    await cluster.stop()
  }
}

function explain({ answered, lost }, { name, ip }, unreadyAfter) {
  const all = answered + lost
  if (lost === 0)
    return `None of ${all} lookups was lost: each try is a flow of its own, and half of them reach the other pod.`
  return (
    `The forwarder lost ${lost} of ${all} lookups: all its queries come from port ${PORT}, and conntrack on node-1 kept leading that ` +
    `flow to ${ip} (${name}), which was dead, until kube-proxy saw it unready after ${unreadyAfter} s and removed the entry.`
  )
}

async function main(seed) {
  for (const fixed of [false, true]) {
    const { sentence } = await incident({ fixed, seed })
    process.stdout.write(`${fixed ? 'fixed: ' : 'broken: '}${sentence}\n`)
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(Number(process.argv[2] ?? '1'))
