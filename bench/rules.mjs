// kube-proxy's cases: what rules cost to compile, to change, to keep, to print and to meet, by number of Services. Times are CPU time
// (user and system), which other processes on the machine disturb less than they disturb the clock.

import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Engine } from '@podwire/engine'
import {
  compileIpvs,
  IptablesHooks,
  iptablesSave,
  nftListTable,
  NftablesHooks,
  NodeDataPlane,
  nodeFactsOf,
  NodeNftTable,
  NodeTables,
  Packet,
  resolveOptions,
  Ruleset,
} from '@podwire/proxy'
import { clusterIpOf, inputOf, inputs, keyOf, node } from './rules-cluster.mjs'

const SERVICE_CIDR = '10.96.0.0/12'
const NODE_ADDRESS = '172.18.0.2'

function optionsOf(mode) {
  return resolveOptions({ proxyMode: mode, clusterCidr: '10.128.0.0/9', serviceCidrs: [SERVICE_CIDR] })
}

function cpuMs(work) {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

const heap = () => {
  globalThis.gc()
  return process.memoryUsage().heapUsed
}

function tablesOf(mode, ruleset, facts) {
  if (mode === 'iptables') return new NodeTables(ruleset, facts)
  if (mode === 'ipvs') return compileIpvs(ruleset, facts, { scheduler: 'rr' })
  return new NodeNftTable(ruleset, facts, { serviceCidrs: optionsOf(mode).serviceCidrs.get('ipv4') })
}

function hooksOf(mode, tables) {
  if (mode === 'iptables') return new IptablesHooks(tables)
  if (mode === 'ipvs') return tables
  return new NftablesHooks(tables, (name, packet) => tables.chainFor(name, packet))
}

/** Every chain of every service port, by name. */
function compileAll(mode, tables) {
  if (mode === 'nftables') return tables.chains().length
  if (mode === 'ipvs') return tables.virtualServers().size
  return tables.chainNames('nat').length + tables.chainNames('filter').length
}

function compile(mode, services) {
  const ruleset = Ruleset.empty(optionsOf(mode).families.get('ipv4')).with(services)
  const tables = tablesOf(mode, ruleset, nodeFactsOf(node(0)))
  compileAll(mode, tables)
  return { ruleset, tables }
}

/** One cluster at a time is kept. */
let kept = { key: '' }

function clusterOf(mode, count) {
  const key = `${mode} ${count}`
  if (kept.key !== key) {
    const services = inputs(count)
    kept = { key, services, ...compile(mode, services) }
  }
  return kept
}

/** Milliseconds of a full compile for one node. */
function fullCompile(mode, count) {
  const { services } = clusterOf(mode, count)
  return cpuMs(() => compile(mode, services))
}

/** Bytes of heap that a compiled cluster keeps, its objects not counted. */
function compiledHeap(mode, count) {
  kept = { key: '' }
  const services = inputs(count)
  const before = heap()
  const compiled = compile(mode, services)
  const used = heap() - before
  if (compiled.ruleset.serviceCount !== count) throw new Error('a Service is missing')
  return used
}

/** Most memory a process had that did nothing but make the objects and compile them, in bytes. */
function peakMemory(mode, count) {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), ['peak', mode, String(count)])
    child.once('error', reject)
    child.once('message', resolve)
  })
}

/** Milliseconds until one changed endpoint of one Service is in the rules of a node (ipvs: and met a packet); the median of many. */
function endpointChange(mode, count) {
  const cluster = clusterOf(mode, count)
  const facts = nodeFactsOf(node(0))
  let { ruleset } = cluster
  let hooks = hooksOf(mode, cluster.tables)
  const plane = planeOf(new Engine({ seed: 1 }), 0, () => hooks)
  // ipvs keeps its schedulers' state of every Service in use.
  if (mode === 'ipvs') for (let i = 0; i < count; i++) forget(plane, connect(plane, clusterIpOf(i), 2000))
  const samples = []
  for (let i = 0; i < 200; i++) {
    const index = (i * 7919) % count
    const key = keyOf(index)
    const { service } = ruleset.entry(key).input
    const { slices } = inputOf(index, { ready: 20 - (i % 2) })
    const start = performance.now()
    ruleset = ruleset.with(new Map([[key, { service, slices }]]))
    const tables = tablesOf(mode, ruleset, facts)
    const units = ruleset.entry(key).units()
    if (mode === 'nftables') tables.chainNamesOf(units)
    else if (mode === 'ipvs') {
      hooks = hooksOf(mode, tables)
      forget(plane, connect(plane, clusterIpOf(index), 3000))
    } else for (const unit of units) for (const chain of tables.rulesOf(unit).chains) chain.rulesOnce?.()
    samples.push(performance.now() - start)
  }
  return samples.sort((a, b) => a - b)[100]
}

/** `hooksNow`: those in force; others are newer rules. */
function planeOf(engine, index, hooksNow) {
  let rules
  return new NodeDataPlane({
    clock: engine.clock,
    random: engine.random.fork(`node-${index}`),
    nodeName: `node-${index}`,
    stack: {
      isLocal: (address) => address === NODE_ADDRESS || address.startsWith('127.'),
      interfaceAddress: () => NODE_ADDRESS,
    },
    rules: () => {
      const hooks = hooksNow()
      if (rules?.of !== hooks) rules = { of: hooks, hooks: () => hooks, udpGeneration: 0, isStale: () => false }
      return rules
    },
  })
}

function connect(plane, destination, sourcePort) {
  const packet = new Packet({
    protocol: 'tcp',
    source: '10.128.0.9',
    sourcePort,
    destination,
    destinationPort: 80,
    inInterface: 'cni0',
  })
  plane.prerouting(packet)
  packet.outInterface = 'eth0'
  plane.forward(packet)
  plane.postrouting(packet)
  if (packet.destinationPort !== 8080) throw new Error(`${destination} led to ${packet.destination}`)
  return packet.connection
}

/** Its four-tuple may come again, and nothing is left of it. */
function forget(plane, connection) {
  plane.conntrack.delete(connection)
  connection.ipvs = undefined
}

/** Microseconds of the first packet of a connection through PREROUTING, FORWARD and POSTROUTING, to Services in no order. */
function newConnection(mode, count, among) {
  const { tables } = clusterOf(mode, count)
  const hooks = hooksOf(mode, tables)
  const plane = planeOf(new Engine({ seed: 1 }), 0, () => hooks)
  const rounds = 100_000
  const addresses = Array.from({ length: Math.min(among, count) }, (_, i) => clusterIpOf((i * 7919) % count))
  const run = () => {
    for (let i = 0; i < rounds; i++) {
      forget(plane, connect(plane, addresses[i % addresses.length], 1024 + (i % 60_000)))
    }
  }
  run()
  return (cpuMs(run) * 1000) / rounds
}

/** Bytes of heap that 1,000 nodes add which all use the cluster's rules, each with connections to ten Services. */
function thousandNodes(mode, count) {
  const { ruleset } = clusterOf(mode, count)
  const engine = new Engine({ seed: 1 })
  const before = heap()
  const planes = Array.from({ length: 1000 }, (_, index) => {
    const hooks = hooksOf(mode, tablesOf(mode, ruleset, nodeFactsOf(node(index))))
    const plane = planeOf(engine, index, () => hooks)
    for (let i = 0; i < 10; i++) connect(plane, clusterIpOf((index * 10 + i) % count), 2000 + i)
    return plane
  })
  const used = heap() - before
  if (planes.length !== 1000) throw new Error('a node is missing')
  return used
}

/** Milliseconds for the text of `iptables-save` or `nft list`. */
function print(mode, count) {
  const { tables } = clusterOf(mode, count)
  return cpuMs(() => (mode === 'iptables' ? iptablesSave(tables) : nftListTable(tables)))
}

export function sideOf() {
  return { fullCompile, compiledHeap, peakMemory, endpointChange, newConnection, thousandNodes, print }
}

if (process.argv[2] === 'peak') {
  const [, , , mode, count] = process.argv
  compile(mode, inputs(Number(count)))
  process.send(process.resourceUsage().maxRSS * 1024, () => process.exit(0))
}
