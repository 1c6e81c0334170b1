// Ingress controllers' cases, by number of Ingress rules: finding the rule of a request; a request from its head to the endpoint that
// gets it, with all a controller does about it; requests of sticky clients; and one Ingress added, from the watch to the route. Processor time (user and
// system), which other processes on the machine disturb less than they disturb the clock.

import { createApiServer, endpointSlices, ingressClasses, ingresses, namespaces, services } from '@podwire/apiserver'
import { Engine, VirtualTimeDriver } from '@podwire/engine'
import {
  buildRoutingTable,
  createHaproxyController,
  createIngressController,
  createTraefikController,
  matchRoute,
} from '@podwire/ingress'

const PEER = { address: '10.244.0.9', port: 41_000 }
const HTTP = { scheme: 'http', port: 80 }
const EMPTY = new Uint8Array()
const CLASSES = {
  nginx: 'k8s.io/ingress-nginx',
  traefik: 'traefik.io/ingress-controller',
  haproxy: 'haproxy.org/ingress-controller',
}

function controllerOf(kind, engine, client) {
  const random = engine.random.fork('bench')
  if (kind === 'nginx') {
    const controller = createIngressController({
      engine,
      client,
      random,
      controllerName: CLASSES.nginx,
      ingressClass: 'nginx',
      syncEvents: false,
    })
    return (request) => controller.handle(request, PEER, HTTP)
  }
  if (kind === 'haproxy') {
    const controller = createHaproxyController({ engine, client, name: 'haproxy' })
    return (request) => controller.handle(request, PEER, HTTP)
  }
  const controller = createTraefikController({
    engine,
    client,
    random,
    name: 'traefik',
    hostname: 'traefik-0',
    release: { major: 3, minor: 7 },
    status: { kind: 'none' },
  })
  const entryPoint = { name: 'web', frontend: HTTP, trust: { insecure: false, trusted: [] }, isDefault: true }
  return (request) => controller.handle(request, PEER, entryPoint)
}

const STICKY = {
  nginx: { 'nginx.ingress.kubernetes.io/affinity': 'cookie' },
  traefik: { 'traefik.ingress.kubernetes.io/service.sticky.cookie': 'true' },
  haproxy: { 'haproxy.org/cookie-persistence-no-dynamic': 'SRV' },
}

/** Rule `i`: a host of its own, or one of ten paths of a host that ten rules share. */
function ingressOf(kind, i, annotations = {}) {
  const host = i % 2 === 0 ? `h${i}.example.com` : `shared${Math.floor(i / 20)}.example.com`
  const path = i % 2 === 0 ? '/' : `/team/${i}`
  const backend = { service: { name: `web-${i % 10}`, port: { number: 80 } } }
  return {
    object: {
      metadata: { name: `web-${i}`, namespace: 'default', annotations },
      spec: { ingressClassName: kind, rules: [{ host, http: { paths: [{ path, pathType: 'Prefix', backend }] } }] },
    },
    request: {
      method: 'GET',
      target: i % 2 === 0 ? '/some/page?x=1' : `${path}/page?x=1`,
      version: '1.1',
      headers: [
        ['Host', host],
        ['User-Agent', 'bench'],
        ['Accept', '*/*'],
      ],
      body: EMPTY,
    },
  }
}

/** One cluster at a time is kept. */
let kept = { key: '' }

async function clusterOf(kind, count, sticky = false, endpoints = 3) {
  const key = `${kind} ${count} ${sticky} ${endpoints}`
  if (kept.key === key) return kept
  const engine = new Engine({ seed: 1 })
  const { client } = createApiServer({ engine })
  const driver = new VirtualTimeDriver(engine)
  client.create(namespaces, { metadata: { name: 'default' }, spec: {} })
  client.create(ingressClasses, { metadata: { name: kind }, spec: { controller: CLASSES[kind] } })
  for (let i = 0; i < 10; i++) addService(client, `web-${i}`, endpoints, sticky ? STICKY[kind] : {})
  const annotations = sticky && kind === 'nginx' ? STICKY.nginx : {}
  const rules = Array.from({ length: count }, (_, i) => ingressOf(kind, i, annotations))
  for (const { object } of rules) client.create(ingresses, object)
  const handle = controllerOf(kind, engine, client)
  await driver.settle()
  await driver.advance(10_000_000)
  kept = { key, client, driver, handle, rules }
  return kept
}

function addService(client, name, endpoints, annotations) {
  const labels = { 'kubernetes.io/service-name': name }
  client.create(services, {
    metadata: { name, namespace: 'default', annotations },
    spec: { ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }] },
  })
  client.create(endpointSlices, {
    metadata: { name: `${name}-a`, namespace: 'default', labels },
    addressType: 'IPv4',
    endpoints: Array.from({ length: endpoints }, (_, i) => ({
      addresses: [`10.${name.slice(4)}.${Math.floor(i / 250)}.${(i % 250) + 1}`],
      conditions: { ready: true },
    })),
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  })
}

function cpuUs(before) {
  const { user, system } = process.cpuUsage(before)
  return user + system
}

const tables = new Map()

function tableOf(count) {
  if (!tables.has(count)) {
    const rules = Array.from({ length: count }, (_, i) => ingressOf('nginx', i))
    const objects = rules.map(({ object }) => ({ ...object, metadata: { ...object.metadata, creationTimestamp: '' } }))
    const classes = [{ metadata: { name: 'nginx' }, spec: { controller: CLASSES.nginx } }]
    const options = { controllerName: CLASSES.nginx, ingressClass: 'nginx' }
    tables.set(count, { rules, table: buildRoutingTable(objects, classes, [], [], options).table })
  }
  return tables.get(count)
}

/** Microseconds to find the rule of one request, to rules in no order; `among`: of only so many of them. */
function routeUs(count, among = count) {
  const { table, rules } = tableOf(count)
  const asked = Array.from({ length: Math.min(among, count) }, (_, i) => {
    const { headers, target } = rules[(i * 7919) % count].request
    return { host: headers[0][1], path: target }
  })
  const run = (times) => {
    for (let i = 0; i < times; i++) {
      if (matchRoute(table, asked[i % asked.length])?.location.backend === undefined) throw new Error('no route')
    }
  }
  run(50_000)
  const before = process.cpuUsage()
  run(200_000)
  return cpuUs(before) / 200_000
}

/** Microseconds of one request, to rules in no order; `among`: of only so many of them. */
async function requestUs(kind, count, { among = count, rounds = 30_000 } = {}) {
  const { handle, rules } = await clusterOf(kind, count)
  const requests = Array.from({ length: Math.min(among, count) }, (_, i) => rules[(i * 7919) % count].request)
  return timed(handle, requests, rounds)
}

function timed(handle, requests, rounds) {
  const run = (times) => {
    for (let i = 0; i < times; i++) {
      if (handle(requests[i % requests.length]).kind !== 'proxy') throw new Error('a request is not passed on')
    }
  }
  run(rounds / 4)
  const before = process.cpuUsage()
  run(rounds)
  return cpuUs(before) / rounds
}

/** Microseconds of one request of a client that has been with one of `endpoints` servers. */
async function stickyUs(kind, endpoints) {
  const { handle, rules } = await clusterOf(kind, 10, true, endpoints)
  const [{ request }] = rules
  const first = handle(request)
  const reply = first.answered({ status: 200, reason: '', headers: [], body: EMPTY }, first.endpoints[0], 1)
  const cookie = reply.response.headers.find(([name]) => name.toLowerCase() === 'set-cookie')?.[1].split(';')[0]
  if (cookie === undefined) throw new Error(`${kind} sets no cookie`)
  return timed(handle, [{ ...request, headers: [...request.headers, ['Cookie', cookie]] }], 20_000)
}

/** Milliseconds the controller takes for one Ingress more: the median of many. */
async function addedMs(kind, count) {
  const { client, driver, handle } = await clusterOf(kind, count)
  const samples = []
  for (let i = 0; i < 60; i++) {
    const name = `added-${i}`
    const { object, request } = ingressOf(kind, 2 * (count + i))
    client.create(ingresses, { ...object, metadata: { ...object.metadata, name } })
    const start = performance.now()
    await driver.advance(10_000_000)
    const tookMs = performance.now() - start
    if (handle(request).kind !== 'proxy') throw new Error('the added Ingress has no route')
    client.delete(ingresses, { namespace: 'default', name })
    await driver.advance(10_000_000)
    if (i >= 20) samples.push(tookMs)
  }
  return samples.sort((a, b) => a - b)[Math.floor(samples.length / 2)]
}

export function sideOf() {
  return { routeUs, requestUs, stickyUs, addedMs }
}
