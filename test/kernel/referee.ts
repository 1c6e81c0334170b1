// One cluster state before the referee: our rules are compiled, printed and loaded into the kernel, the kernel prints them back,
// real connections are made, and everything that happened is held against our evaluator.

import {
  iptablesList,
  iptablesSave,
  IptablesHooks,
  nftListTable,
  NftablesHooks,
  nodeFactsOf,
  NodeNftTable,
  NodeTables,
  resolveOptions,
  Ruleset,
  type HookRules,
  type ServiceInput,
  type TableName,
} from '@podwire/proxy'
import type { KernelNetwork, Outcomes } from './network.ts'
import type { Flow, Prediction } from './prediction.ts'
import { NODE_1, proxyOptions, serviceObject, sliceObjects, type ClusterState } from './states.ts'
import { ADDRESSES, SERVICE_PORTS, type IpFamily, type Place } from './topology.ts'

export type Tool = 'iptables-nft' | 'iptables-legacy' | 'nft'

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** A state compiled for one tool. */
export interface Compiled {
  readonly tool: Tool
  readonly family: IpFamily
  readonly text: string
  readonly hooks: HookRules
  /** Our text, with counters after a replay. */
  readonly counted: ((counters: Prediction['counters']) => string) | undefined
  /** What `iptables -t TABLE -L -n` prints. */
  readonly list: ((table: TableName) => string) | undefined
  readonly services: ReadonlyMap<string, ServiceInput>
}

/** @param name tells the services of states apart */
export function compile(state: ClusterState, tool: Tool, name: string): Compiled {
  const { family } = state
  const services = new Map<string, ServiceInput>(
    state.services.map((service, i) => [
      `demo/${name}-${i}`,
      {
        service: serviceObject(service, family, i, `${name}-${i}`),
        slices: sliceObjects(service, family, `${name}-${i}`),
      },
    ]),
  )
  const options = resolveOptions(proxyOptions(state, tool === 'nft' ? 'nftables' : 'iptables'))
  const resolved = options.families.get(family)
  if (resolved === undefined) throw new Error(`no ${family}`)
  const ruleset = Ruleset.empty(resolved).with(services)
  const { ipv4, ipv6 } = ADDRESSES
  const node = nodeFactsOf(
    NODE_1,
    [ipv4, ipv6].flatMap((one) => [one.loopback, one.node, one.gateway]),
  )
  if (tool === 'nft') {
    const table = new NodeNftTable(ruleset, node, { serviceCidrs: options.serviceCidrs.get(family) ?? [] })
    const hooks = new NftablesHooks(table, (chain, packet) => table.chainFor(chain, packet))
    return { tool, family, text: nftListTable(table), hooks, counted: undefined, list: undefined, services }
  }
  const tables = new NodeTables(ruleset, node)
  const hooks = new IptablesHooks(tables)
  return {
    tool,
    family,
    text: iptablesSave(tables),
    hooks,
    counted: (counters) => iptablesSave(tables, counters),
    list: (table) => iptablesList(tables, table),
    services,
  }
}

const command = ({ tool, family }: Compiled, verb: string): string =>
  `${family === 'ipv4' ? tool : tool.replace('ip', 'ip6')}${verb}`

/** Replaces whatever rules the node had, and forgets its connections. */
export async function load(network: KernelNetwork, compiled: Compiled): Promise<void> {
  const loader = compiled.tool === 'nft' ? 'nft -f -' : command(compiled, '-restore')
  // nft 1.0.6 does not read its own listing of this statement: there the map's type has to be written out.
  const text = compiled.text.replaceAll(/dnat (ip6?) to numgen/g, 'dnat $1 addr . port to numgen')
  await network.run(`${CLEAN} && ${loader} && conntrack -F 2>/dev/null`, text)
}

const EMPTY_TABLES = ['nat', 'filter', 'mangle'].map((table) => `*${table}\\nCOMMIT\\n`).join('')
/** The two kinds of iptables do not see each other's rules: what the other has loaded must go. */
const CLEAN = [
  'nft flush ruleset',
  ...['iptables', 'ip6tables'].map((tool) => `printf '${EMPTY_TABLES}' | ${tool}-legacy-restore`),
].join(' && ')

/** The kernel's own print of what is loaded, made comparable. */
export async function printed(network: KernelNetwork, compiled: Compiled): Promise<readonly string[]> {
  if (compiled.tool === 'nft') {
    return comparable(
      compiled,
      await network.run(`nft list table ${compiled.family === 'ipv4' ? 'ip' : 'ip6'} kube-proxy`),
    )
  }
  return comparable(compiled, await network.run(command(compiled, '-save')))
}

/** Our print, made comparable in the same way. */
export const ours = (compiled: Compiled): readonly string[] => comparable(compiled, compiled.text)

/**
 * iptables-nft-save is compared line by line. The legacy tool has another order of tables and chains, and elements of nftables'
 * sets and maps have none: there lines are sorted, in nft within their block.
 */
function comparable({ tool }: Compiled, text: string): readonly string[] {
  if (tool === 'nft') {
    const lines = (block: string): readonly string[] =>
      block
        .replaceAll(/elements = \{|[{},]/g, ' ')
        .split('\n')
        .map((line) => line.trim())
    return text
      .split('\n\n')
      .map((block) => [...lines(block)].sort(byText).join('\n').trim())
      .sort(byText)
  }
  const lines = text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.replace(/\[\d+:\d+\]$/, '[0:0]'))
  return tool === 'iptables-legacy' ? lines.sort(byText) : lines
}

/** A flow the referee tries, and whose affinity it may meet. */
export interface Trial extends Flow {
  readonly sticky: boolean
}

/**
 * Every way in of every service port, from `sources` of the five who may ask, in turns; a sticky port by one way only, as its
 * lists are shared by all.
 */
export function trials({ family, services }: Compiled, sources = 5): readonly Trial[] {
  const found: Trial[] = []
  for (const { service } of services.values()) {
    for (const port of service.spec.ports ?? []) {
      const protocol = (port.protocol ?? 'TCP').toLowerCase()
      // Node has no SCTP: those rules are loaded here, and tried in sctp.ts.
      if (protocol !== 'tcp' && protocol !== 'udp') continue
      const sticky = service.spec.sessionAffinity === 'ClientIP'
      const outside = [
        ...(service.spec.externalIPs ?? []),
        ...(service.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? []),
      ]
      const { node, loopback } = ADDRESSES[family]
      const nodePorts =
        port.nodePort === undefined ? [] : [node, loopback].map((address) => [address, port.nodePort ?? 0] as const)
      const targets = [
        ...[service.spec.clusterIP ?? '', ...outside].map((address) => [address, port.port] as const),
        ...nodePorts,
      ]
      sourcesOf(family).forEach(([from, source], i) => {
        targets.forEach(([address, number], j) => {
          if (address === loopback && from !== 'node') return
          if (sticky && j !== (i + port.port) % targets.length) return
          if ((i + j + port.port) % 5 >= sources && address !== loopback) return
          const own = from === 'node' && (address === node || address === loopback) ? address : source
          found.push({ from, source: own, protocol, address, port: number, sticky })
        })
      })
    }
    // Another port of a cluster IP.
    const { client } = ADDRESSES[family]
    const taken = (service.spec.ports ?? []).flatMap((one) => (one.protocol === 'TCP' ? one.port : []))
    const port = SERVICE_PORTS.find((one) => !taken.includes(one)) ?? 0
    const address = service.spec.clusterIP ?? ''
    if (port !== 0) found.push({ from: 'client', source: client, protocol: 'tcp', address, port, sticky: false })
  }
  return found.filter((trial, i) => found.findIndex((other) => keyOf(other) === keyOf(trial)) === i)
}

const keyOf = ({ from, source, protocol, address, port }: Flow): string =>
  `${from} ${source} ${protocol} ${address} ${port}`

function sourcesOf(family: IpFamily): readonly (readonly [Place, string])[] {
  const { client, outsider, distantPod, pods, node } = ADDRESSES[family]
  return [
    ['client', client],
    ['client', outsider],
    ['pod0', pods[0]],
    ['client', distantPod],
    ['node', node],
  ]
}

/** What did not go as our evaluator says. */
export interface Finding {
  readonly flow: string
  readonly kernel: string
  readonly podwire: string
}

const STICKY_DIALS = 5
const DROPPED_AFTER_MS = 250
const LOST_AFTER_MS = 4000

/** Makes the trials' connections. All outcomes must be ours, and all of ours must occur; sticky flows have one only. */
export async function connect(
  network: KernelNetwork,
  all: readonly Trial[],
  prediction: Prediction,
): Promise<readonly Finding[]> {
  const expected = new Map(all.map((trial) => [trial, prediction.outcomes(trial)]))
  const seen = new Map<Trial, Map<string, number>>(all.map((trial) => [trial, new Map<string, number>()]))
  let left = all
  // Chance may hide an endpoint for a while: not for 300 connections.
  for (const factor of [3, 20, 80]) {
    await dialAll(network, left, factor, expected, seen)
    left = left.filter((trial) => {
      const [wanted, got] = [expected.get(trial), seen.get(trial)]
      return !trial.sticky && [...(got?.keys() ?? [])].every((one) => wanted?.has(one)) && isMissing(wanted, got)
    })
    if (left.length === 0) break
  }
  return all.flatMap((trial) =>
    judge(trial, expected.get(trial) ?? new Map(), seen.get(trial) ?? new Map(), prediction),
  )
}

const isMissing = (
  expected: ReadonlyMap<string, number> | undefined,
  seen: ReadonlyMap<string, number> | undefined,
): boolean => [...(expected?.keys() ?? [])].some((outcome) => seen?.has(outcome) !== true)

async function dialAll(
  network: KernelNetwork,
  all: readonly Trial[],
  factor: number,
  expected: ReadonlyMap<Trial, ReadonlyMap<string, number>>,
  seen: ReadonlyMap<Trial, Map<string, number>>,
): Promise<void> {
  const places = [...new Set(all.map(({ from }) => from))]
  await Promise.all(
    places.map(async (place) => {
      const mine = all.filter(({ from }) => from === place)
      const answers = await network.dial(
        place,
        mine.map(({ protocol, address, port, source, sticky, from }, i) => {
          const outcomes = expected.get(mine[i] as Trial) ?? new Map<string, number>()
          const count = sticky ? STICKY_DIALS : outcomes.size === 1 ? 1 : factor * outcomes.size
          const timeoutMs = outcomes.has('TIMEOUT') ? DROPPED_AFTER_MS : LOST_AFTER_MS
          return {
            protocol,
            address,
            port,
            count: outcomes.has('TIMEOUT') ? 1 : count,
            timeoutMs,
            ...(from === 'node' ? {} : { source }),
          }
        }),
      )
      answers.forEach((answer: Outcomes, i) => {
        const counts = seen.get(mine[i] as Trial)
        for (const [outcome, times] of Object.entries(answer)) counts?.set(outcome, (counts.get(outcome) ?? 0) + times)
      })
    }),
  )
}

function judge(
  trial: Trial,
  expected: ReadonlyMap<string, number>,
  seen: ReadonlyMap<string, number>,
  prediction: Prediction,
): readonly Finding[] {
  const list = (outcomes: Iterable<string>): string => [...outcomes].sort(byText).join(', ')
  const finding = { flow: keyOf(trial), kernel: list(seen.keys()), podwire: list(expected.keys()) }
  for (const [outcome, times] of seen) {
    const draw = expected.get(outcome)
    if (draw === undefined) return [finding]
    for (let i = 0; i < times; i++) {
      const again = prediction.replay(trial, draw)
      if (again !== outcome) return [{ ...finding, podwire: `in a replay ${again}` }]
    }
  }
  if (trial.sticky ? seen.size !== 1 : isMissing(expected, seen)) return [finding]
  return []
}

/** A UDP socket may get the port of one that was: the entry of that one is still there, and the rules are not asked. */
const REUSED_PORTS = 2

/**
 * Rules the kernel counted packets on and ours did not, or the other way round; in chains of services also how many.
 * @param repeatedSyns how many SYNs the diallers sent again: a port that was just in use is refused once by the TIME_WAIT at the
 *   other end, and the SYN that follows asks the rules again, which ours need not
 */
export async function compareCounters(
  network: KernelNetwork,
  compiled: Compiled,
  prediction: Prediction,
  repeatedSyns: number,
): Promise<readonly Finding[]> {
  if (compiled.counted === undefined) return []
  const kernel = counts(await network.run(command(compiled, '-save -c')))
  const podwire = counts(compiled.counted(prediction.counters))
  return [...new Set([...kernel.keys(), ...podwire.keys()])].flatMap((rule) => {
    const [theirs, own] = [kernel.get(rule) ?? 0, podwire.get(rule) ?? 0]
    const counted = /-A KUBE-(SVC|SVL|SEP|EXT|FW)-/.test(rule)
    const near = theirs - own <= repeatedSyns && own - theirs <= REUSED_PORTS + own / 20
    const same = theirs > 0 === own > 0 && (!counted || near)
    return same ? [] : [{ flow: rule, kernel: String(theirs), podwire: String(own) }]
  })
}

/** Jumps that ask for nothing are taken by ICMP errors and neighbour discovery too, which are no packets of flows. */
const UNASKED = /^-A (INPUT|OUTPUT) (-m comment --comment "[^"]*" )?-j KUBE-(FIREWALL|NODEPORTS)$/

function counts(text: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (const line of text.split('\n')) {
    const [, packets, rule] = /^\[(\d+):\d+\] (.*)$/.exec(line) ?? []
    if (rule !== undefined && !UNASKED.test(rule)) found.set(rule, (found.get(rule) ?? 0) + Number(packets))
  }
  return found
}

/** So many connections from the client to the first service's cluster IP, by the endpoint that answered. */
export async function shares(
  network: KernelNetwork,
  { services }: Compiled,
  count: number,
): Promise<ReadonlyMap<string, number>> {
  const [first] = services.values()
  const address = first?.service.spec.clusterIP ?? ''
  const dial = { protocol: 'tcp', address, port: 80, count: count / 10, timeoutMs: LOST_AFTER_MS } as const
  const counts = new Map<string, number>()
  for (const outcomes of await network.dial(
    'client',
    Array.from({ length: 10 }, () => dial),
  )) {
    for (const [outcome, times] of Object.entries(outcomes)) {
      const endpoint = outcome.split(' ')[0] ?? ''
      counts.set(endpoint, (counts.get(endpoint) ?? 0) + times)
    }
  }
  return counts
}
