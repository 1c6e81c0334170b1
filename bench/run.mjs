// `node bench/run.mjs [case…] [--peer-large] [--no-peer] [--runs=N]`: measures podwire and its closest peer side by side and prints
// tables of medians. Each side of a case is a process of its own; the two take turns run by run, so both meet the same machine.

import { execFileSync, fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { prepare } from '../scripts/prepare.mjs'
import { ms, summary, table } from './harness.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))

const elapsed = (value) => (value >= 1000 ? `${(value / 1000).toFixed(2)} s` : `${ms(value)} ms`)
const rate = (value) => `${Math.round(value / 1000)}k/s`
const perSecond = (value) => `${Math.round(value)}/s`
const micros = (value) => `${value.toFixed(2)} µs`
const bytesEach = (value) => `${Math.round(value)} B`
const times = (value) => `${value.toFixed(2)}×`
const bytes = (value) => `${(value / 1e6).toFixed(1)} MB`

const RULE_MODES = ['iptables', 'nftables']

const INGRESS_KINDS = ['nginx', 'traefik', 'haproxy']
const INGRESS_COUNTS = [10, 100, 1000, 5000]

/** Rows by proxy mode and number of Services. */
const growth = (work, { modes = RULE_MODES, counts = [10, 100, 1000, 10_000], ...row } = {}) =>
  modes.flatMap((mode) =>
    counts.map((count) => ({
      name: `${mode}, ${count} Services`,
      work: (side) => work(side, mode, count),
      runs: 5,
      warmup: 2,
      peerRuns: 0,
      ...row,
    })),
  )

/**
 * A row is one thing measured on both sides: `work` does it once and may return the figure itself. `podwire: false` leaves podwire
 * out; `large` leaves the peer out unless asked for. Where `more` holds, more is better.
 */
const CASES = {
  start: {
    title: 'Processes of their own, from their start',
    show: elapsed,
    rows: [
      { name: 'node that does nothing', work: (side) => side.nodeAlone(), runs: 9, warmup: 1, peerRuns: 0 },
      { name: 'import of @podwire/sim', work: (side) => side.importSdk(), runs: 9, warmup: 1, peerRuns: 0 },
      { name: 'podwire up --help', work: (side) => side.upHelp(), runs: 9, warmup: 1, peerRuns: 0 },
      { name: 'podwire up to its ready line', work: (side) => side.upToReady(), runs: 9, warmup: 1, peerRuns: 0 },
    ],
  },
  boot: {
    title: 'createCluster to all system pods Ready',
    show: elapsed,
    rows: [
      { name: '3 nodes, first in its process', work: (side) => side.boot(3), runs: 1, warmup: 0 },
      { name: '3 nodes', work: (side) => side.boot(3), runs: 40, warmup: 80 },
      { name: '10 nodes', work: (side) => side.boot(10), runs: 10, warmup: 5 },
      {
        name: '3 nodes, its clock running',
        work: (side) => side.boot(3, { realTime: true }),
        runs: 3,
        warmup: 0,
        podwire: false,
      },
    ],
  },
  first: {
    title: 'Deployment of 3 and Service applied, to the first 200 through the Service name (boot not counted)',
    show: elapsed,
    rows: [{ name: 'first 200', work: (side) => side.firstReply(), runs: 20, warmup: 20 }],
  },
  pods: {
    title: 'Pods on 10 nodes behind one Service, to all Ready and in slices (boot not counted)',
    show: elapsed,
    each: 'per pod',
    rows: [100, 250, 500, 1000].map((count) => ({
      name: `${count} pods`,
      work: (side) => side.manyPods(count),
      runs: 5,
      warmup: count === 100 ? 3 : 1,
      peerRuns: count > 250 ? 1 : 2,
      large: count > 250,
      count,
    })),
  },
  probes: {
    title:
      'Pods with a startup, a liveness and a readiness probe (HTTP, every 10 s), one virtual hour after all are Ready (processor time)',
    module: './pods.mjs',
    show: elapsed,
    each: 'per pod',
    rows: [100, 1000].map((count) => ({
      name: `${count} pods`,
      work: (side) => side.probedHour(count),
      runs: count > 100 ? 3 : 5,
      warmup: 1,
      peerRuns: 0,
      count,
    })),
  },
  lives: {
    title: 'Pods created, Ready and deleted again, 100 a node (processor time, boot not counted)',
    module: './pods.mjs',
    show: elapsed,
    each: 'per pod',
    rows: [100, 1000, 10_000].map((count) => ({
      name: `${count} pods`,
      work: (side) => side.podLives(count),
      runs: count > 1000 ? 2 : 5,
      warmup: count > 1000 ? 0 : count > 100 ? 1 : 5,
      peerRuns: 0,
      count,
    })),
  },
  rest: {
    node: ['--expose-gc'],
    title: 'Heap a pod at rest keeps beyond the API objects that are there because of it',
    module: './pods.mjs',
    show: bytesEach,
    rows: [100, 1000].map((count) => ({
      name: `one of ${count} pods`,
      work: (side) => side.heapAtRest(count, globalThis.gc),
      runs: 3,
      warmup: 1,
      peerRuns: 0,
    })),
  },
  workloads: {
    title: 'Controllers and scheduler: a Deployment on 100 nodes up and down again (processor time)',
    module: './workloads.mjs',
    show: elapsed,
    each: 'per pod',
    rows: [100, 1000, 10_000].map((count) => ({
      name: `${count} pods`,
      count,
      work: (side) => side.deployment(count),
      runs: count > 1000 ? 3 : 10,
      warmup: count > 1000 ? 1 : 5,
      peerRuns: 0,
    })),
  },
  requests: {
    title: 'Requests one after the other through a ClusterIP, by number of Services (flow traces off)',
    show: rate,
    more: true,
    rows: [1, 10, 100, 1000, 10_000].map((count) => ({
      name: `${count} ${count === 1 ? 'Service' : 'Services'}`,
      work: (side) => side.requestsPerSecond(50_000, count),
      runs: count > 1000 ? 2 : 5,
      warmup: count > 1000 ? 0 : 1,
      peerRuns: count > 100 ? 1 : 5,
      large: count > 100,
    })),
  },
  http: {
    title: 'Requests a second at the HTTP door, 16 connections; the peer is fastify alone, sending the same bytes',
    module: './api.mjs',
    show: perSecond,
    more: true,
    rows: [
      ['get', 'get a pod', 6000],
      ['list', 'list 500 pods', 150],
      ['create ConfigMap', 'create a ConfigMap', 3000],
      ['create Service', 'create a Service', 3000],
      ['create Pod', 'create a Pod', 3000],
    ].map(([request, name, count]) => ({
      name,
      work: (side) => side.requests(request, count),
      runs: 7,
      warmup: 2,
    })),
  },
  doors: {
    title:
      'Requests a second at a door of podwire up, 64 connections, to a pod; the peer is fastify alone answering the same body',
    module: './doors.mjs',
    show: perSecond,
    more: true,
    rows: [
      ['nodePort', 'a node port'],
      ['http', 'the nginx Ingress'],
      ['https', 'the nginx Ingress over TLS'],
    ].map(([kind, name]) => ({
      name,
      work: (side) => side.throughDoor(kind, 6000),
      runs: 7,
      warmup: 2,
    })),
  },
  creates: {
    title: 'Objects created a second through the in-process client',
    module: './api.mjs',
    show: perSecond,
    more: true,
    rows: ['service', 'pod'].map((kind) => ({
      name: `${kind}s`,
      work: (side) => side.creates(kind, 10_000),
      runs: 7,
      warmup: 3,
      peerRuns: 0,
    })),
  },
  watches: {
    title:
      'One update to 1,000 open watches of its kind, until the last has it; the peer is one write to each of 1,000 bare sockets, or bare streams of node:http2',
    module: './api.mjs',
    show: elapsed,
    rows: [
      { name: 'in process', work: (side) => side.inProcessFanOut(1000), runs: 20, warmup: 10, peerRuns: 0 },
      { name: 'over 1,000 connections', work: (side) => side.connectionFanOut(1000), runs: 5, warmup: 1 },
      { name: 'over 10 of HTTP/2 (TLS)', work: (side) => side.streamFanOut(1000), runs: 5, warmup: 1 },
    ],
  },
  'ingress-route': {
    title: 'Finding the rule of one request, by number of Ingress rules (processor time)',
    module: './ingress.mjs',
    show: micros,
    rows: INGRESS_COUNTS.flatMap((count) =>
      [...new Set([count, 10])].map((among) => ({
        name: `${count} rules${among === count ? '' : ', to ten of them'}`,
        work: (side) => side.routeUs(count, among),
        runs: 7,
        warmup: 2,
        peerRuns: 0,
      })),
    ),
  },
  'ingress-request': {
    title:
      'One request through an Ingress controller, from its head to the endpoint, by number of Ingress rules (processor time)',
    module: './ingress.mjs',
    show: micros,
    rows: INGRESS_KINDS.flatMap((kind) =>
      INGRESS_COUNTS.map((count) => ({
        name: `${kind}, ${count} rules, to ten of them`,
        work: (side) => side.requestUs(kind, count, { among: 10 }),
        runs: 5,
        warmup: 2,
        peerRuns: 0,
      })),
    ),
  },
  'ingress-sticky': {
    title: 'One request of a client with a session cookie, by number of endpoints (processor time)',
    module: './ingress.mjs',
    show: micros,
    rows: INGRESS_KINDS.flatMap((kind) =>
      [10, 100, 1000].map((count) => ({
        name: `${kind}, ${count} endpoints`,
        work: (side) => side.stickyUs(kind, count),
        runs: 5,
        warmup: 2,
        peerRuns: 0,
      })),
    ),
  },
  'ingress-change': {
    title: 'One Ingress added, until its route is there, by number of Ingresses',
    module: './ingress.mjs',
    show: elapsed,
    rows: INGRESS_KINDS.flatMap((kind) =>
      INGRESS_COUNTS.map((count) => ({
        name: `${kind}, ${count} Ingresses`,
        work: (side) => side.addedMs(kind, count),
        runs: 3,
        warmup: 1,
        peerRuns: 0,
      })),
    ),
  },
  dns: {
    title:
      'DNS answers a second in process: an A of a ClusterIP, from bytes to bytes through kubeadm’s chain, by number of Services',
    module: './dns.mjs',
    show: rate,
    more: true,
    rows: [10, 100, 1000, 10_000].map((count) => ({
      name: `${count} Services`,
      work: (side) => side.answersPerSecond(count, 200_000),
      runs: 7,
      warmup: 3,
      peerRuns: 0,
    })),
  },
  'dns-changes': {
    title: 'One Service changed, the change seen by the DNS server, and asked for: a second, by number of Services',
    module: './dns.mjs',
    show: rate,
    more: true,
    rows: [10, 100, 1000, 10_000].map((count) => ({
      name: `${count} Services`,
      work: (side) => side.changesPerSecond(count, 2000),
      runs: 7,
      warmup: 2,
      peerRuns: 0,
    })),
  },
  'dns-udp': {
    title: 'DNS over real UDP, 64 questions on their way; the peer is a bare socket that sends back as many bytes',
    module: './dns.mjs',
    show: rate,
    more: true,
    rows: [{ name: 'questions', work: (side) => side.roundTripsPerSecond(50_000), runs: 7, warmup: 2, peerRuns: 7 }],
  },
  idle: {
    title: 'Memory an idle API server with its HTTP door adds to a Node process (resident)',
    module: './api.mjs',
    show: bytes,
    rows: [{ name: 'idle', work: (side) => side.idleMemory(), runs: 5, warmup: 0, peerRuns: 0 }],
  },
  memory: {
    node: ['--expose-gc'],
    title: 'Heap kept by a cluster of 10 nodes',
    show: bytes,
    rows: [0, 100, 250, 1000].map((count) => ({
      name: `${count} pods`,
      work: (side) => side.heapOf(count, globalThis.gc),
      runs: 3,
      warmup: 1,
      peerRuns: 1,
      large: count > 250,
    })),
  },
  fork: {
    title: 'A fork of a cluster with 10,000 pods, to a handle that shows them',
    module: './travel.mjs',
    show: elapsed,
    rows: [{ name: '10,000 pods', work: (side) => side.forkOf(10_000), runs: 50, warmup: 5, peerRuns: 0 }],
  },
  'catch-up': {
    title: 'A fork runs up to its moment: how many times as long as the first run (processor time)',
    module: './travel.mjs',
    show: times,
    rows: [{ name: '1,000 pods', work: (side) => side.catchingUp(1000), runs: 5, warmup: 2, peerRuns: 0 }],
  },
  extra: {
    node: ['--expose-gc'],
    title: 'Heap an idle cluster more keeps in a process',
    module: './travel.mjs',
    show: bytes,
    rows: [{ name: '3 nodes', work: (side) => side.extraCluster(globalThis.gc), runs: 3, warmup: 1, peerRuns: 0 }],
  },
  rollout: {
    title: 'One seed: 3 nodes, 6 pods rolled out under 1,000 requests (processor time, boot included)',
    module: './travel.mjs',
    show: elapsed,
    rows: [{ name: 'a seed', work: (side) => side.rollout(), runs: 40, warmup: 80, peerRuns: 0 }],
  },
  'rollout-seeds': {
    title: 'The same in a process with the flags that `podwire run --seeds` gives its own (processor time)',
    module: './travel.mjs',
    // Those of packages/sim/src/scenario/explore.ts.
    node: ['--no-allocation-site-pretenuring', '--min-semi-space-size=64', '--max-semi-space-size=64'],
    show: elapsed,
    rows: [{ name: 'a seed', work: (side) => side.rollout(), runs: 40, warmup: 80, peerRuns: 0 }],
  },
  recording: {
    title: 'Requests with the trace recorded, beside the same without (processor time)',
    module: './travel.mjs',
    show: times,
    rows: [{ name: '4,000 requests', work: (side) => side.recording(4000), runs: 9, warmup: 3, peerRuns: 0 }],
  },
  'flow-traces': {
    title: 'Requests with flow traces on, beside the same without (processor time)',
    module: './travel.mjs',
    show: times,
    rows: [{ name: '4,000 requests', work: (side) => side.flowTracing(4000), runs: 9, warmup: 3, peerRuns: 0 }],
  },
  'rules-connect': {
    title:
      'The first packet of a connection through a ClusterIP, from PREROUTING to POSTROUTING, to Services in no order (CPU)',
    module: './rules.mjs',
    show: micros,
    rows: [
      ...growth((side, mode, count) => side.newConnection(mode, count, count), { modes: [...RULE_MODES, 'ipvs'] }),
      ...growth((side, mode, count) => side.newConnection(mode, count, 10), {
        modes: [...RULE_MODES, 'ipvs'],
        counts: [10_000],
      }).map((row) => ({
        ...row,
        name: `${row.name}, to ten of them`,
      })),
    ],
  },
  'rules-change': {
    title: 'One endpoint of one Service changes, 20 endpoints each: until a node has the rules (median of 200)',
    module: './rules.mjs',
    show: micros,
    rows: growth((side, mode, count) => side.endpointChange(mode, count) * 1000, { modes: [...RULE_MODES, 'ipvs'] }),
  },
  'rules-compile': {
    title: 'Full compile for a node, 20 endpoints a Service (CPU)',
    module: './rules.mjs',
    show: elapsed,
    rows: growth((side, mode, count) => side.fullCompile(mode, count), { runs: 3, warmup: 1 }),
  },
  'rules-print': {
    title: 'iptables-save and nft list table, 20 endpoints a Service (CPU)',
    module: './rules.mjs',
    show: elapsed,
    rows: growth((side, mode, count) => side.print(mode, count), { runs: 3, warmup: 1 }),
  },
  'rules-memory': {
    title: 'Memory of compiled rules, 20 endpoints a Service',
    module: './rules.mjs',
    node: ['--expose-gc'],
    show: bytes,
    rows: [
      ...growth((side, mode, count) => side.compiledHeap(mode, count), { runs: 1, warmup: 0 }),
      ...growth((side, mode, count) => side.thousandNodes(mode, count), { runs: 1, warmup: 0 }).map((row) => ({
        ...row,
        name: `${row.name}, 1,000 nodes add`,
      })),
      ...growth((side, mode, count) => side.peakMemory(mode, count), { runs: 1, warmup: 0, counts: [10_000] }).map(
        (row) => ({ ...row, name: `${row.name}, peak of a process, objects included` }),
      ),
    ],
  },
}

const USAGE = `Usage: node bench/run.mjs [CASE...] [FLAG...]

Cases (all of them when none is named): ${Object.keys(CASES).join(' ')}
  --no-peer      podwire alone
  --peer-large   the peer with 500 and 1,000 pods too: minutes
  --runs=N       so many runs of each row, not the case's own number
What each case measures: bench/README.md.
`

function parseArguments(args) {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(USAGE)
    process.exit(0)
  }
  const flags = args.filter((arg) => arg.startsWith('--'))
  const names = args.filter((arg) => !arg.startsWith('--'))
  const value = (name) => flags.find((flag) => flag.startsWith(`--${name}=`))?.slice(name.length + 3)
  const unknown = [
    ...names.filter((name) => !Object.hasOwn(CASES, name)),
    ...flags.filter((flag) => !/^--(peer-large|no-peer|runs=\d+|side=(podwire|peer))$/.test(flag)),
  ]
  if (unknown.length > 0) {
    process.stderr.write(`bench: unknown: ${unknown.join(' ')}.\n\n${USAGE}`)
    process.exit(2)
  }
  return {
    names: names.length === 0 ? Object.keys(CASES) : names,
    side: value('side'),
    peer: !flags.includes('--no-peer'),
    peerLarge: flags.includes('--peer-large'),
    runs: value('runs') === undefined ? undefined : Number(value('runs')),
  }
}

function installPeer() {
  if (existsSync(`${here}node_modules/@ngrok/webernetes`) && existsSync(`${here}node_modules/esbuild`)) return
  process.stderr.write('bench: installing the peer … ')
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: here, stdio: ['ignore', 'ignore', 'inherit'] })
  process.stderr.write('done\n')
}

/** A first run there is only one of. */
const runsOf = (row, options) => (row.runs === 1 ? 1 : (options.runs ?? row.runs))

/** One side of a case, in a process of its own: no side pays for what the other left on the heap. */
class Side {
  #process

  constructor(side, name) {
    this.#process = fork(fileURLToPath(import.meta.url), [`--side=${side}`, name], { execArgv: CASES[name].node ?? [] })
  }

  /** Does a row's work once and returns its figure. */
  run(row) {
    return new Promise((resolve, reject) => {
      const left = (code) => reject(new Error(`the process ended with ${code}`))
      this.#process.once('exit', left)
      this.#process.once('message', (figure) => {
        this.#process.off('exit', left)
        resolve(figure)
      })
      this.#process.send(row)
    })
  }

  stop() {
    this.#process.kill()
  }
}

/** Measures one row: the sides take turns, run by run. */
async function measure(one, index, sides, options) {
  const row = one.rows[index]
  const leavesPeerOut = row.large && !options.peerLarge
  const wanted = {
    podwire: row.podwire === false ? 0 : runsOf(row, options),
    peer: sides.peer === undefined || leavesPeerOut ? 0 : (row.peerRuns ?? runsOf(row, options)),
  }
  const samples = { podwire: [], peer: [] }
  for (const name of ['podwire', 'peer']) {
    const warmup = name === 'peer' ? Math.min(row.warmup, wanted.peer) : row.warmup
    for (let i = 0; i < warmup && wanted[name] > 0; i++) await sides[name].run(index)
  }
  for (let i = 0; i < Math.max(wanted.podwire, wanted.peer); i++) {
    for (const name of ['podwire', 'peer']) if (i < wanted[name]) samples[name].push(await sides[name].run(index))
  }
  return samples
}

/** The child: does what its parent asks for, one row's work at a time. */
async function serveSide(side, name) {
  const shared = CASES[name].module
  const module = shared === undefined ? await import(`./${side}.mjs`) : (await import(shared)).sideOf(side)
  process.on('message', async (index) => {
    const start = performance.now()
    const figure = await CASES[name].rows[index].work(module)
    process.send(typeof figure === 'number' ? figure : performance.now() - start)
  })
}

function cells(row, { podwire, peer }, { show, each, more }) {
  const side = (samples) => {
    if (samples.length === 0) return ['-', '-']
    const { median, min, max } = summary(samples)
    return [show(median), samples.length === 1 ? '1 run' : `${show(min)} – ${show(max)}`]
  }
  const ratio = () => {
    if (podwire.length === 0 || peer.length === 0) return '-'
    const [ours, theirs] = [summary(podwire).median, summary(peer).median]
    return `${(more === true ? ours / theirs : theirs / ours).toFixed(1)}×`
  }
  const perOne =
    each === undefined
      ? []
      : [
          podwire.length === 0 ? '-' : elapsed(summary(podwire).median / row.count),
          peer.length === 0 ? '-' : elapsed(summary(peer).median / row.count),
        ]
  return [row.name, ...side(podwire), ...side(peer), ratio(), ...perOne]
}

async function runCase(name, options) {
  const one = CASES[name]
  const sides = { podwire: new Side('podwire', name), peer: options.peer ? new Side('peer', name) : undefined }
  const rows = []
  for (const [index, row] of one.rows.entries()) {
    process.stderr.write(`bench: ${name}, ${row.name} …\n`)
    rows.push(cells(row, await measure(one, index, sides, options), one))
  }
  sides.podwire.stop()
  sides.peer?.stop()
  const perOne = one.each === undefined ? [] : [`podwire ${one.each}`, `peer ${one.each}`]
  const head = ['', 'podwire', 'min – max', 'peer', 'min – max', 'podwire is', ...perOne]
  process.stdout.write(`\n${one.title}\n${table(head, rows)}\n`)
}

async function main(options) {
  prepare()
  if (options.peer) installPeer()
  const [processor] = cpus()
  const load = () =>
    loadavg()
      .map((value) => value.toFixed(1))
      .join(' ')
  process.stdout.write(
    `podwire against @ngrok/webernetes 0.3.5 (stepped), medians. Node ${process.version}, ` +
      `${cpus().length} × ${processor?.model.trim() ?? 'unknown'}, load ${load()}\n`,
  )
  for (const name of options.names) await runCase(name, options)
  process.stdout.write(`\nload at the end ${load()}\n`)
}

const options = parseArguments(process.argv.slice(2))
if (options.side === undefined) await main(options)
else await serveSide(options.side, options.names[0])
