// A DNS server with kubeadm's Corefile on an API server that has so many Services, and questions for them.

import { createApiServer, createInformerFactory, namespaces, services } from '@podwire/apiserver'
import { Engine, VirtualTimeDriver } from '@podwire/engine'
import { createDnsServer, encodeMessage, KUBEADM_COREFILE, queryFor } from '../packages/dns/dist/index.js'

const CLIENT = { address: '10.244.0.9', port: 40_000 }
const QUESTIONS = 64

const service = (index) => ({
  metadata: { name: `web-${index}`, namespace: 'default' },
  spec: { ports: [{ name: 'http', port: 80, protocol: 'TCP' }] },
})

export const question = (name, id) => encodeMessage(queryFor(id, { name, type: 1, class: 1 }))

/** Questions for Services all over the cluster, each with an id of its own. */
export function questionsFor(count) {
  return Array.from({ length: QUESTIONS }, (_, i) =>
    question(`web-${Math.floor((i * count) / QUESTIONS)}.default.svc.cluster.local.`, i),
  )
}

export async function serverOf(count) {
  const engine = new Engine({ seed: 1, epochMs: 0 })
  const { client } = createApiServer({ engine })
  client.create(namespaces, { metadata: { name: 'default' }, spec: {} })
  for (let i = 0; i < count; i++) client.create(services, service(i))
  const server = createDnsServer({
    engine,
    random: engine.random.fork('coredns'),
    corefile: KUBEADM_COREFILE,
    informers: createInformerFactory({ engine, client, name: 'coredns' }),
  })
  const driver = new VirtualTimeDriver(engine)
  await driver.settle()
  const ask = (bytes) => {
    const reply = server.handleUdp(bytes, CLIENT)
    if (reply === undefined || (reply[3] & 15) !== 0 || reply[7] !== 1) throw new Error('no answer with one record')
    return reply
  }
  return { server, client, driver, ask }
}
