// The whole CoreDNS process on an API server of podwire: bytes in, bytes out; the plugins as a client sees them; reload.

import {
  configMaps,
  createApiServer,
  createInformerFactory,
  endpointSlices,
  namespaces,
  services,
  type Client as ApiClient,
} from '@podwire/apiserver'
import { Engine, SECOND, VirtualTimeDriver } from '@podwire/engine'
import { expect, test } from 'vitest'
import { KUBEADM_COREFILE } from '../corefile/index.ts'
import { PLUGINS, type MaybePromise } from '../plugins/index.ts'
import {
  decodeMessage,
  encodeMessage,
  queryFor,
  rcodeName,
  recordLine,
  replyTo,
  typeNumber,
  type DnsMessage,
} from '../wire/index.ts'
import { createDnsServer, type DnsServer, type DnsServerOptions } from './dns-server.ts'
import { createMessageReader, frameMessage } from './tcp-framing.ts'
import { dnsAnswered } from './topics.ts'

interface World {
  readonly engine: Engine
  readonly driver: VirtualTimeDriver
  readonly client: ApiClient
  readonly server: DnsServer
  readonly logged: string[]
}

function world(corefile = KUBEADM_COREFILE, options: Partial<DnsServerOptions> = {}): World {
  const engine = new Engine({ seed: 3 })
  const { client } = createApiServer({ engine })
  for (const name of ['default', 'kube-system']) client.create(namespaces, { metadata: { name }, spec: {} })
  client.create(services, {
    metadata: { name: 'web', namespace: 'default' },
    spec: { clusterIP: '10.96.4.1', ports: [{ name: 'http', port: 80, protocol: 'TCP' }] },
  })
  client.create(services, {
    metadata: { name: 'db', namespace: 'default' },
    spec: { clusterIP: 'None', ports: [{ name: 'pg', port: 5432, protocol: 'TCP' }] },
  })
  client.create(services, {
    metadata: { name: 'out', namespace: 'default' },
    spec: { type: 'ExternalName', externalName: 'www.example.org' },
  })
  client.create(endpointSlices, {
    metadata: { name: 'db-a', namespace: 'default', labels: { 'kubernetes.io/service-name': 'db' } },
    addressType: 'IPv4',
    endpoints: ['10.244.0.5', '10.244.1.5', '10.244.2.5'].map((address) => ({
      addresses: [address],
      conditions: { ready: true },
    })),
    ports: [{ name: 'pg', port: 5432, protocol: 'TCP' }],
  })
  const logged: string[] = []
  const server = createDnsServer({
    engine,
    random: engine.random.fork('coredns'),
    corefile,
    informers: createInformerFactory({ engine, client, name: 'coredns' }),
    log: (line) => logged.push(line),
    upstream,
    ...options,
  })
  return { engine, driver: new VirtualTimeDriver(engine), client, server, logged }
}

/** Knows www.example.org and nothing else. */
function upstream(query: DnsMessage): DnsMessage {
  const { name = '', type } = query.question ?? {}
  const soa = {
    type: 'SOA',
    name: 'org.',
    ttl: 900,
    mname: 'a.org.',
    rname: 'b.org.',
    serial: 1,
    refresh: 1,
    retry: 1,
    expire: 1,
    minimum: 60,
  } as const
  if (name.toLowerCase() !== 'www.example.org.')
    return replyTo(query, { rcode: 3, recursionAvailable: true, authority: [soa] })
  const answer = type === 1 ? [{ type: 'A', name, ttl: 300, address: '192.0.2.80' } as const] : []
  return replyTo(query, { recursionAvailable: true, answer, authority: answer.length === 0 ? [soa] : [] })
}

const FROM = { address: '10.244.0.9', port: 40_000 }

function now<T>(value: MaybePromise<T>): T {
  if (value instanceof Promise) throw new TypeError('the server should answer at once')
  return value
}

function query(name: string, type = 'A', id = 77): Uint8Array {
  return encodeMessage(queryFor(id, { name, type: typeNumber(type) ?? 0, class: 1 }))
}

function ask(server: DnsServer, name: string, type = 'A'): DnsMessage {
  const reply = decodeMessage(now(server.handleUdp(query(name, type), FROM)) ?? new Uint8Array())
  if (reply === undefined) throw new TypeError('no reply')
  return reply
}

const lines = (reply: DnsMessage): string[] => reply.answer.map((record) => recordLine(record).replaceAll('\t', ' '))

test("the chain is CoreDNS's order", () => {
  expect(PLUGINS.map((plugin) => plugin.name)).toEqual([
    ...['reload', 'ready', 'health', 'prometheus', 'errors', 'log', 'loadbalance', 'cache', 'rewrite'],
    ...['autopath', 'template', 'hosts', 'kubernetes', 'loop', 'forward'],
  ])
})

test('a ClusterIP name, at once, with the id and letter case of the query', () => {
  const { server } = world()
  const reply = ask(server, 'Web.default.svc.cluster.local.')
  expect([reply.id, reply.authoritative, reply.recursionDesired, reply.recursionAvailable]).toEqual([
    77,
    true,
    true,
    false,
  ])
  expect(reply.question?.name).toBe('Web.default.svc.cluster.local.')
  expect(lines(reply)).toEqual(['Web.default.svc.cluster.local. 30 IN A 10.96.4.1'])
})

test('a headless name gives all pods, in an order that changes', () => {
  const { server } = world()
  const orders = new Set(Array.from({ length: 40 }, () => lines(ask(server, 'db.default.svc.cluster.local.')).join()))
  expect(orders.size).toBe(6)
})

test('a change shows once the informer has it', async () => {
  const { client, driver, server } = world()
  client.delete(services, { namespace: 'default', name: 'web' })
  expect(ask(server, 'web.default.svc.cluster.local.').rcode).toBe(0)
  await driver.settle()
  expect(rcodeName(ask(server, 'web.default.svc.cluster.local.').rcode)).toBe('NXDOMAIN')
})

test('ExternalName: the CNAME and what the internet says, cached with the shorter TTL', () => {
  const { server } = world()
  expect(lines(ask(server, 'out.default.svc.cluster.local.'))).toEqual([
    'out.default.svc.cluster.local. 30 IN CNAME www.example.org.',
    'www.example.org. 30 IN A 192.0.2.80',
  ])
})

test('outside names: forwarded, cached, counted down, authoritative from the cache', async () => {
  let asked = 0
  const { driver, server } = world(KUBEADM_COREFILE, { upstream: (message) => (asked++, upstream(message)) })
  expect([lines(ask(server, 'www.example.org.')), asked]).toEqual([['www.example.org. 30 IN A 192.0.2.80'], 1])
  await driver.advance(10 * SECOND)
  const cached = ask(server, 'WWW.example.org.')
  expect([lines(cached), cached.authoritative, asked]).toEqual([['www.example.org. 20 IN A 192.0.2.80'], true, 1])
  await driver.advance(21 * SECOND)
  ask(server, 'www.example.org.')
  expect(asked).toBe(2)
  expect([ask(server, 'nowhere.example.org.').rcode, ask(server, 'nowhere.example.org.').rcode, asked]).toEqual([
    3, 3, 3,
  ])
})

test('cluster names are not cached: kubeadm disables it for the zone', async () => {
  const { client, driver, server } = world()
  expect(ask(server, 'late.default.svc.cluster.local.').rcode).toBe(3)
  client.create(services, {
    metadata: { name: 'late', namespace: 'default' },
    spec: { clusterIP: '10.96.9.9', ports: [{ port: 80, protocol: 'TCP' }] },
  })
  await driver.advance(SECOND)
  expect(lines(ask(server, 'late.default.svc.cluster.local.'))).toEqual([
    'late.default.svc.cluster.local. 30 IN A 10.96.9.9',
  ])
})

test('an upstream that stays silent is SERVFAIL, and errors logs it', () => {
  const { logged, server } = world(KUBEADM_COREFILE, { upstream: () => undefined })
  expect(ask(server, 'www.example.org.').rcode).toBe(2)
  expect(logged.at(-1)).toBe('[ERROR] plugin/errors: 2 www.example.org. A: read udp ->172.18.0.1:53: i/o timeout')
})

test('an upstream that takes time gives a promise', async () => {
  const { driver, engine, server } = world(KUBEADM_COREFILE, {
    upstream: async (message) => {
      await engine.sleep(SECOND, 'internet')
      return upstream(message)
    },
  })
  const pending = server.handleUdp(query('www.example.org.'), FROM)
  expect(pending).toBeInstanceOf(Promise)
  const bytes = await driver.wait(Promise.resolve(pending))
  expect(engine.clock.now()).toBe(SECOND)
  expect(decodeMessage(bytes ?? new Uint8Array())?.answer).toHaveLength(1)
})

test.each([
  {
    name: 'no plugin left',
    corefile: '. {\n errors\n kubernetes cluster.local\n}',
    query: 'example.net.',
    rcode: 'SERVFAIL',
  },
  { name: 'no zone', corefile: 'example.org {\n errors\n}', query: 'example.net.', rcode: 'REFUSED' },
  {
    name: 'the longest zone serves',
    corefile: '. {\n forward . 1.1.1.1\n}\nexample.org {\n hosts {\n 10.9.9.9 www.example.org\n }\n}',
    query: 'www.example.org.',
    rcode: 'NOERROR',
  },
])('$name: $rcode', ({ corefile, query: name, rcode }) => {
  expect(rcodeName(ask(world(corefile).server, name).rcode)).toBe(rcode)
})

test('class CH is refused unless something is forwarded; EDNS version 1 is BADVERS', () => {
  const chaos = encodeMessage(queryFor(1, { name: 'version.bind.', type: 16, class: 3 }))
  const closed = world('. {\n kubernetes cluster.local\n}').server
  expect(decodeMessage(now(closed.handleUdp(chaos, FROM)) ?? chaos)?.rcode).toBe(5)
  const edns = { udpSize: 1232, version: 1, dnssecOk: false, options: [] }
  const badVersion = encodeMessage(queryFor(1, { name: 'web.default.svc.cluster.local.', type: 1, class: 1 }, { edns }))
  expect(decodeMessage(now(world().server.handleUdp(badVersion, FROM)) ?? badVersion)?.rcode).toBe(16)
})

test('EDNS: the size is taken, cookies come back', () => {
  const { server } = world()
  const cookie = { code: 10, data: Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]) }
  const edns = {
    udpSize: 1232,
    version: 0,
    dnssecOk: false,
    options: [cookie, { code: 65_001, data: new Uint8Array() }],
  }
  const bytes = encodeMessage(queryFor(5, { name: 'web.default.svc.cluster.local.', type: 1, class: 1 }, { edns }))
  expect(decodeMessage(now(server.handleUdp(bytes, FROM)) ?? bytes)?.edns).toMatchObject({
    udpSize: 1232,
    options: [{ code: 10 }],
  })
})

test('a large headless Service is truncated over UDP and whole over TCP', async () => {
  const { client, driver, server } = world()
  client.modify(endpointSlices, { namespace: 'default', name: 'db-a' }, (slice) => {
    slice.endpoints = Array.from({ length: 100 }, (_, i) => ({
      addresses: [`10.244.7.${i + 1}`],
      conditions: { ready: true },
    }))
  })
  await driver.settle()
  const bytes = query('db.default.svc.cluster.local.')
  const udp = decodeMessage(now(server.handleUdp(bytes, FROM)) ?? bytes)
  const tcp = decodeMessage(now(server.handleTcp(bytes, FROM)) ?? bytes)
  expect([udp?.truncated, tcp?.truncated, tcp?.answer.length]).toEqual([true, false, 100])
  expect(udp?.answer.length).toBeLessThan(40)
})

test('garbage gets no answer', () => {
  expect(now(world().server.handleUdp(Uint8Array.from([1, 2, 3]), FROM))).toBeUndefined()
})

test.each([
  {
    name: 'unknown directive',
    corefile: '.:53 {\n  errors\n  nonsense\n}',
    message: `/etc/coredns/Corefile:3 - Error during parsing: Unknown directive 'nonsense'`,
  },
  {
    name: 'not built',
    corefile: '. {\n dnssec\n}',
    message: 'plugin dnssec is not simulated by podwire',
  },
  {
    name: 'unknown property',
    corefile: '. {\n kubernetes cluster.local {\n  podz verified\n }\n}',
    message: `plugin/kubernetes: /etc/coredns/Corefile:3 - Error during parsing: unknown property 'podz'`,
  },
  {
    name: 'bad ttl',
    corefile: '. {\n kubernetes cluster.local {\n  ttl 4000\n }\n}',
    message: 'plugin/kubernetes: /etc/coredns/Corefile:3 - Error during parsing: ttl must be in range [0, 3600]: 4000',
  },
  {
    name: 'bad pods mode',
    corefile: '. {\n kubernetes cluster.local {\n  pods maybe\n }\n}',
    message: 'plugin/kubernetes: wrong value for pods: maybe,  must be one of: disabled, verified, insecure',
  },
])('a Corefile is refused: $name', ({ corefile, message }) => {
  expect(() => world(corefile)).toThrow(message)
})

test('hosts and rewrite', () => {
  const { server } = world(`. {
  rewrite name exact old.example.org www.example.org answer auto
  rewrite name suffix .corp.test .default.svc.cluster.local answer auto
  hosts {
    10.9.9.9 www.example.org alias.example.org
    fallthrough
  }
  kubernetes cluster.local
}`)
  expect(lines(ask(server, 'old.example.org.'))).toEqual(['old.example.org. 3600 IN A 10.9.9.9'])
  expect(lines(ask(server, 'web.corp.test.'))).toEqual(['web.corp.test. 5 IN A 10.96.4.1'])
  expect(lines(ask(server, '9.9.9.10.in-addr.arpa.', 'PTR'))).toHaveLength(2)
  expect([ask(server, 'www.example.org.', 'AAAA').rcode, ask(server, 'nobody.example.org.').rcode]).toEqual([0, 2])
})

test('a changed ConfigMap is reloaded in time; a broken one keeps the old and says why', async () => {
  const configMap = { namespace: 'kube-system', name: 'coredns' }
  const { client, driver, logged, server } = world(KUBEADM_COREFILE, { configMap })
  client.create(configMaps, { metadata: configMap, data: { Corefile: KUBEADM_COREFILE } })
  await driver.settle()
  client.modify(
    configMaps,
    configMap,
    (draft) => void (draft.data = { Corefile: KUBEADM_COREFILE.replace('ttl 30', 'ttl 7') }),
  )
  await driver.settle()
  expect(lines(ask(server, 'web.default.svc.cluster.local.'))).toEqual([
    'web.default.svc.cluster.local. 7 IN A 10.96.4.1',
  ])
  expect(logged.at(-1)).toBe('[INFO] Reloading complete')
  client.modify(configMaps, configMap, (draft) => void (draft.data = { Corefile: '. {\n nonsense\n}' }))
  await driver.settle()
  expect(ask(server, 'web.default.svc.cluster.local.').answer[0]?.ttl).toBe(7)
  expect(logged.at(-1)).toBe(
    `[ERROR] plugin/reload: Corefile changed but reload failed: starting with listener file descriptors: /etc/coredns/Corefile:2 - Error during parsing: Unknown directive 'nonsense'`,
  )
})

test('pages: health, ready, metrics', () => {
  let synced = false
  const { server } = world(KUBEADM_COREFILE, { synced: () => synced })
  expect(server.httpPorts).toEqual([8080, 8181, 9153])
  expect([server.handleHttp(8080, '/health').body, server.handleHttp(8181, '/ready').status]).toEqual(['OK', 503])
  synced = true
  expect(server.handleHttp(8181, '/ready').status).toBe(200)
  ask(server, 'web.default.svc.cluster.local.')
  expect(server.handleHttp(9153, '/metrics').body).toContain(
    'coredns_dns_requests_total{family="1",proto="udp",server="dns://:53",zone=".",view="",type="A"} 1',
  )
})

test('each reply is on the bus', () => {
  const { engine, server } = world()
  const seen: string[] = []
  using _ = engine.bus.subscribe(dnsAnswered, ({ payload }) => {
    seen.push(`${payload.client} ${payload.question.name} ${rcodeName(payload.reply.rcode)}`)
  })
  ask(server, 'web.default.svc.cluster.local.')
  expect(seen).toEqual(['10.244.0.9 web.default.svc.cluster.local. NOERROR'])
})

test('TCP framing: several messages in any pieces', () => {
  const stream = [...frameMessage(Uint8Array.from([1, 2, 3])), ...frameMessage(Uint8Array.from([4]))]
  const reader = createMessageReader()
  const messages = stream.flatMap((byte) => reader.push(Uint8Array.from([byte])))
  expect(messages.map((message) => [...message])).toEqual([[1, 2, 3], [4]])
  expect(createMessageReader().push(Uint8Array.from(stream))).toHaveLength(2)
})
