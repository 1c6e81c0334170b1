const test = (name, f) => f()
import { Engine, Random } from '@podwire/engine'
import { createApiServer, createInformerFactory, namespaces, services, endpointSlices } from '@podwire/apiserver'
import { createDnsServer, encodeMessage, queryFor, KUBEADM_COREFILE } from './index.ts'
import { RecordIndex, answerQuestion, DEFAULT_ZONE_OPTIONS } from './records/index.ts'
import { readRequest } from './wire/index.ts'
import { slice, service, namespace } from './records/recorded-cluster.suite.ts'
const time = (name, n, f) => { for (let i = 0; i < Math.min(n, 30000); i++) f(i); const t = process.cpuUsage(); for (let i = 0; i < n; i++) f(i); const us = process.cpuUsage(t).user / n; console.log(name, us.toFixed(3), 'us') }
test('bench', () => {
  for (const count of [10, 10000]) {
    const index = new RecordIndex()
    index.putNamespace(namespace('default'))
    for (let i = 0; i < count; i++) index.putService(service('default/web' + i, ['10.96.' + (i >> 8) + '.' + (i & 255)], ['http:80']))
    const ctx = { index, options: { ...DEFAULT_ZONE_OPTIONS, zones: ['cluster.local.', 'in-addr.arpa.', 'ip6.arpa.'] }, localAddresses: [], synced: true }
    time('answerQuestion ' + count, 300000, (i) => answerQuestion(ctx, { name: 'web' + (i % count) + '.default.svc.cluster.local.', type: 1, class: 1 }))
  }
  const engine = new Engine()
  const { client } = createApiServer({ engine })
  client.create(namespaces, { metadata: { name: 'default' }, spec: {} })
  client.create(services, { metadata: { name: 'web', namespace: 'default' }, spec: { clusterIP: '10.96.4.1', ports: [{ name: 'http', port: 80, protocol: 'TCP' }] } })
  const server = createDnsServer({ engine, random: new Random(1), corefile: KUBEADM_COREFILE, informers: createInformerFactory({ engine, client, name: 'd' }) })
  const q = encodeMessage(queryFor(1, { name: 'web.default.svc.cluster.local.', type: 1, class: 1 }))
  const from = { address: '10.244.0.1', port: 4000 }
  time('readRequest', 300000, () => readRequest(q))
  time('handleUdp', 300000, () => server.handleUdp(q, from))
  const nx = encodeMessage(queryFor(1, { name: 'web.default.svc.cluster.local.default.svc.cluster.local.', type: 1, class: 1 }))
  time('handleUdp nx', 100000, () => server.handleUdp(nx, from))
  const index = new RecordIndex()
  index.putNamespace(namespace('default'))
  index.putService(service('default/db', ['None'], ['pg:5432']))
  const slices = Array.from({ length: 10 }, (_, s) => Array.from({ length: 100 }, (_, i) => `10.244.${s}.${i} pod=p${i}`))
  const objs = slices.map((eps, s) => slice('default/db', eps, ['pg:5432'], 's' + s))
  time('putSlice', 100000, (i) => index.putSlice(objs[i % 10]))
  const ctx = { index, options: { ...DEFAULT_ZONE_OPTIONS, zones: ['cluster.local.', 'in-addr.arpa.'] }, localAddresses: [], synced: true }
  time('1000 endpoints A', 300, () => answerQuestion(ctx, { name: 'db.default.svc.cluster.local.', type: 1, class: 1 }))
  time('put+A', 300, (i) => { index.putSlice(objs[i % 10]); answerQuestion(ctx, { name: 'db.default.svc.cluster.local.', type: 1, class: 1 }) })
  time('put+PTR', 300, (i) => { index.putSlice(objs[i % 10]); answerQuestion(ctx, { name: '5.5.244.10.in-addr.arpa.', type: 12, class: 1 }) })
})
