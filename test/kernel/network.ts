// Builds the referee's network namespaces and keeps one agent process in each: rules are loaded and connections made through it,
// so that a state costs no new process but the loading tools. Everything is torn down by `close`.

import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface, type Interface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { ADDRESSES, HOST_PORT, SERVICE_PORTS, SERVICES_AT_MOST, TARGET_PORTS, type Place } from './topology.ts'

const AGENT = fileURLToPath(new URL('agent.mjs', import.meta.url))
const PLACES: readonly Place[] = ['node', 'client', 'world', 'remote', 'pod0', 'pod1']
const FAMILIES = [ADDRESSES.ipv4, ADDRESSES.ipv6] as const

/** Why the kernel cannot be asked here; undefined: it can. */
export function whyNoKernel(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces need Linux'
  if (process.getuid?.() !== 0) return 'network namespaces need root'
  const probe = `podwire-probe-${process.pid}`
  try {
    sh(`ip netns add ${probe}`)
    try {
      sh(
        ['iptables-nft', 'iptables-legacy', 'ip6tables-nft', 'ip6tables-legacy']
          .map((tool) => `ip netns exec ${probe} ${tool} -t nat -S >/dev/null`)
          .concat(`ip netns exec ${probe} nft list ruleset`, 'conntrack --version')
          .join(' && '),
      )
    } finally {
      sh(`ip netns del ${probe}`)
    }
    return undefined
  } catch (error) {
    return `namespaces or their tools do not work here: ${error instanceof Error ? error.message.split('\n').slice(0, 2).join(' ') : ''}`
  }
}

function sh(script: string): string {
  return execFileSync('sh', ['-ec', script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 })
}

/** A flow as an agent dials it. */
export interface Dial {
  readonly protocol: 'tcp' | 'udp'
  readonly address: string
  readonly port: number
  /** Default: the kernel's choice. */
  readonly source?: string | undefined
  /** One after the other. */
  readonly count: number
  readonly timeoutMs: number
}

/** `endpoint port peer` as the endpoint saw it, or the error's code, or TIMEOUT; with how often it came. */
export type Outcomes = Readonly<Record<string, number>>

class Agent {
  readonly #process: ChildProcessWithoutNullStreams
  readonly #lines: Interface
  readonly #waiting: ((line: string) => void)[] = []

  constructor(namespace: string) {
    this.#process = spawn('ip', ['netns', 'exec', namespace, process.execPath, AGENT])
    this.#lines = createInterface({ input: this.#process.stdout })
    this.#lines.on('line', (line) => this.#waiting.shift()?.(line))
    this.#process.stderr.on('data', (data: Buffer) => process.stderr.write(`agent in ${namespace}: ${data.toString()}`))
  }

  async ask(request: object): Promise<unknown> {
    const answer = new Promise<string>((resolve) => this.#waiting.push(resolve))
    this.#process.stdin.write(`${JSON.stringify(request)}\n`)
    const value: unknown = JSON.parse(await answer)
    if (typeof value === 'object' && value !== null && 'error' in value) throw new Error(String(value.error))
    return value
  }

  /** One of its namespace's counters in /proc/net/netstat. @throws Error when the kernel has none of that name */
  extendedTcpCount(name: string): number {
    const text = readFileSync(`/proc/${this.#process.pid}/net/netstat`, 'utf8')
    const [names, values] = text.split('\n').flatMap((line) => (line.startsWith('TcpExt:') ? [line.split(' ')] : []))
    const count = values?.[names?.indexOf(name) ?? -1]
    if (count === undefined) throw new Error(`the kernel does not count ${name}`)
    return Number(count)
  }

  stop(): void {
    this.#lines.close()
    this.#process.kill('SIGKILL')
  }
}

export class KernelNetwork {
  readonly #prefix = `pw${process.pid}`
  readonly #agents = new Map<Place, Agent>()

  async open(): Promise<void> {
    sh(this.#script())
    for (const place of PLACES) this.#agents.set(place, new Agent(this.#name(place)))
    const both = (address: string, port: number): readonly object[] =>
      (['tcp', 'udp'] as const).map((protocol) => ({ protocol, address, port }))
    const pods = (address: string): readonly object[] => TARGET_PORTS.flatMap((port) => both(address, port))
    await Promise.all([
      this.#serve(
        'pod0',
        FAMILIES.flatMap((family) => pods(family.pods[0])),
      ),
      this.#serve(
        'pod1',
        FAMILIES.flatMap((family) => pods(family.pods[1])),
      ),
      this.#serve(
        'remote',
        FAMILIES.flatMap((family) => family.remotePods.flatMap(pods)),
      ),
      this.#serve(
        'node',
        FAMILIES.flatMap((family) => both(family.node, HOST_PORT)),
      ),
      this.#serve('world', [
        ...SERVICE_PORTS.map((port) => ({ protocol: 'tcp', address: '::', port })),
        ...FAMILIES.flatMap(({ clusterIP, externalIPs, vips }) =>
          [...Array.from({ length: SERVICES_AT_MOST }, (_, i) => clusterIP(i)), ...externalIPs, ...vips].flatMap(
            (address) => SERVICE_PORTS.map((port) => ({ protocol: 'udp', address, port })),
          ),
        ),
      ]),
    ])
  }

  /** Runs a shell command line on the node. @throws Error when it fails */
  run(command: string, input = ''): Promise<string> {
    return this.runAt('node', command, input)
  }

  /** The same somewhere else. */
  async runAt(place: Place, command: string, input = ''): Promise<string> {
    const { status, stdout, stderr } = (await this.#agent(place).ask({ run: { command, input } })) as {
      status: number
      stdout: string
      stderr: string
    }
    if (status !== 0) throw new Error(`${command}: ${stderr}`)
    return stdout
  }

  async dial(from: Place, flows: readonly Dial[]): Promise<readonly Outcomes[]> {
    return (await this.#agent(from).ask({ dial: flows })) as readonly Outcomes[]
  }

  /** How many SYNs were sent again so far, from anywhere: the kernel's own count (`TCPSynRetrans`). */
  repeatedSyns(): number {
    let sum = 0
    for (const agent of this.#agents.values()) sum += agent.extendedTcpCount('TCPSynRetrans')
    return sum
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.stop()
    for (const place of PLACES) {
      try {
        sh(`ip netns del ${this.#name(place)}`)
      } catch {
        // It was never made: opening failed half-way.
      }
    }
  }

  #agent(place: Place): Agent {
    const agent = this.#agents.get(place)
    if (agent === undefined) throw new Error(`the network is not open: ${place}`)
    return agent
  }

  async #serve(place: Place, ports: readonly object[]): Promise<void> {
    await this.#agent(place).ask({ serve: ports })
  }

  #name(place: Place): string {
    return `${this.#prefix}-${place}`
  }

  #script(): string {
    const node = this.#name('node')
    const lines = PLACES.flatMap((place) => [
      `ip netns add ${this.#name(place)}`,
      `ip netns exec ${this.#name(place)} sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0`,
      `ip -n ${this.#name(place)} link set lo up`,
    ])
    const cable = (device: string, place: Place): void => {
      const other = this.#name(place)
      lines.push(
        `ip link add ${device} netns ${node} type veth peer name eth0 netns ${other}`,
        `ip -n ${node} link set ${device} up`,
        `ip -n ${other} link set eth0 up`,
      )
    }
    cable('eth0', 'world')
    cable('eth1', 'client')
    cable('eth2', 'remote')
    cable('pod0', 'pod0')
    cable('pod1', 'pod1')
    for (const a of FAMILIES) {
      const [ip, full] = a === ADDRESSES.ipv4 ? ['ip -4', '/32'] : ['ip -6', '/128 nodad']
      const to = (device: string, address: string, via = ''): string =>
        `${ip} -n ${node} route add ${address} ${via} dev ${device}`
      for (const device of ['eth0', 'eth1', 'eth2'])
        lines.push(`${ip} -n ${node} addr add ${a.node}${full} dev ${device}`)
      for (const device of ['pod0', 'pod1']) lines.push(`${ip} -n ${node} addr add ${a.gateway}${full} dev ${device}`)
      const attach = (place: Place, gateway: string, ...addresses: readonly string[]): void => {
        const there = this.#name(place)
        for (const address of addresses) lines.push(`${ip} -n ${there} addr add ${address}${full} dev eth0`)
        lines.push(
          `${ip} -n ${there} route add ${gateway} dev eth0 src ${addresses[0] ?? ''}`,
          `${ip} -n ${there} route add default via ${gateway} dev eth0 src ${addresses[0] ?? ''}`,
        )
      }
      attach('world', a.node, a.world)
      attach('client', a.node, a.client, a.outsider, a.distantPod)
      attach('remote', a.node, a.node2, ...a.remotePods)
      a.pods.forEach((pod, i) => attach(i === 0 ? 'pod0' : 'pod1', a.gateway, pod))
      lines.push(
        to('eth0', a.world),
        to('eth0', 'default', `via ${a.world}`),
        to('eth1', a.client),
        to('eth1', a.outsider, `via ${a.client}`),
        to('eth1', a.distantPod, `via ${a.client}`),
        to('eth2', a.node2),
        to('eth2', a.remoteCidr, `via ${a.node2}`),
        ...a.pods.map((pod, i) => to(`pod${i}`, pod)),
      )
      for (const range of [a.serviceCidr, ...a.externalIPs, ...a.vips]) {
        lines.push(`${ip} -n ${this.#name('world')} route add local ${range} dev lo`)
      }
    }
    const settings = [
      'net.ipv4.ip_forward=1',
      // A refusal is an ICMP error: of those, so many a second and no more, unless no kind of them is limited.
      'net.ipv4.icmp_ratemask=0',
      'net.ipv4.conf.all.rp_filter=0',
      'net.ipv4.conf.default.rp_filter=0',
      'net.ipv4.conf.all.route_localnet=1',
      'net.ipv4.conf.all.send_redirects=0',
      ...['eth0', 'eth1', 'eth2', 'pod0', 'pod1'].flatMap((device) => [
        `net.ipv4.conf.${device}.rp_filter=0`,
        `net.ipv4.conf.${device}.send_redirects=0`,
      ]),
      'net.ipv6.conf.all.forwarding=1',
      'net.ipv6.icmp.ratemask=',
    ]
    lines.push(`ip netns exec ${node} sysctl -qw ${settings.join(' ')}`)
    lines.push(`ip netns exec ${this.#name('world')} sysctl -qw net.ipv6.ip_nonlocal_bind=1`)
    return lines.join('\n')
  }
}
