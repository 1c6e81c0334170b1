// A CoreDNS process for tests of plugins: two namespaces, one Service, one pod that asks, and an upstream that knows little.

import { createApiServer, createInformerFactory, namespaces, pods, services, type Client } from '@podwire/apiserver'
import { Engine, VirtualTimeDriver } from '@podwire/engine'
import { createDnsServer, type DnsServer, type DnsServerOptions } from '../server/index.ts'
import {
  decodeMessage,
  encodeMessage,
  queryFor,
  rcodeName,
  recordLine,
  replyTo,
  typeNumber,
  type DnsMessage,
  type Edns,
} from '../wire/index.ts'

export interface World {
  readonly client: Client
  readonly driver: VirtualTimeDriver
  readonly server: DnsServer
  readonly logged: string[]
  readonly asked: string[]
  /** What the upstream was sent. */
  readonly sent: DnsMessage[]
  readonly files: Map<string, string>
}

export function world(corefile: string, options: Partial<DnsServerOptions> = {}): World {
  const engine = new Engine({ seed: 5 })
  const { client } = createApiServer({ engine })
  for (const name of ['default', 'shop']) client.create(namespaces, { metadata: { name }, spec: {} })
  client.create(services, {
    metadata: { name: 'web', namespace: 'shop' },
    spec: { clusterIP: '10.96.4.1', ports: [{ name: 'http', port: 80, protocol: 'TCP' }] },
  })
  const pod = { metadata: { name: 'client', namespace: 'shop' }, spec: { containers: [{ name: 'c', image: 'i' }] } }
  client.create(pods, pod)
  client.modify(pods, { namespace: 'shop', name: 'client' }, (draft) => void (draft.status = { podIP: FROM.address }), {
    subresource: 'status',
  })
  const logged: string[] = []
  const asked: string[] = []
  const sent: DnsMessage[] = []
  const files = new Map([['/etc/resolv.conf', 'search corp.test\nnameserver 192.0.2.53\n']])
  const answered = (query: DnsMessage): DnsMessage => {
    asked.push(query.question?.name ?? '')
    sent.push(query)
    return upstream(query)
  }
  const server = createDnsServer({
    engine,
    random: engine.random.fork('coredns'),
    corefile,
    informers: createInformerFactory({ engine, client, name: 'coredns' }),
    log: (line) => logged.push(line),
    readFile: (path) => files.get(path),
    ...(options.exchange === undefined ? { upstream: answered } : {}),
    ...options,
  })
  return { client, driver: new VirtualTimeDriver(engine), server, logged, asked, sent, files }
}

/** www.example.org and everything in corp.test exist; broken.test is SERVFAIL. */
export function upstream(query: DnsMessage): DnsMessage {
  const { name = '' } = query.question ?? {}
  if (name === 'broken.test.') return replyTo(query, { rcode: 2 })
  if (name !== 'www.example.org.' && !name.endsWith('.corp.test.')) return replyTo(query, { rcode: 3 })
  return replyTo(query, { answer: [{ type: 'A', name, ttl: 20, address: '192.0.2.80' }] })
}

export const FROM = { address: '10.244.0.9', port: 40_000 }

export async function ask(server: DnsServer, name: string, type = 'A', klass = 1, edns?: Edns): Promise<DnsMessage> {
  const question = { name, type: typeNumber(type) ?? 0, class: klass }
  const bytes = encodeMessage(queryFor(7, question, edns === undefined ? {} : { edns }))
  const reply = decodeMessage((await server.handleUdp(bytes, FROM)) ?? new Uint8Array())
  if (reply === undefined) throw new TypeError('no reply')
  return reply
}

export const said = (reply: DnsMessage): readonly string[] => [
  rcodeName(reply.rcode),
  ...reply.answer.map((record) => recordLine(record).replaceAll('\t', ' ')),
]
