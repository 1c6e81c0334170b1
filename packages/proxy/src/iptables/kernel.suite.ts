// The real kernel as a referee: a client, a node and two backends as network namespaces, our printed rules loaded with
// iptables-restore. Everything is torn down by `close`. Needs root, iproute2 and iptables; see `whyNot`.

import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** Why the kernel cannot be asked here; undefined: it can. */
export function whyNot(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces need Linux'
  if (process.getuid?.() !== 0) return 'network namespaces need root'
  try {
    run('iptables-nft-restore', ['--version'])
    const probe = `podwire-probe-${process.pid}`
    run('ip', ['netns', 'add', probe])
    try {
      run('ip', ['netns', 'exec', probe, 'iptables-nft', '-t', 'nat', '-S'])
    } finally {
      run('ip', ['netns', 'del', probe])
    }
    return undefined
  } catch (error) {
    return `ip netns or iptables does not work here: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : ''}`
  }
}

function run(command: string, args: readonly string[], input?: string): string {
  return execFileSync(command, [...args], { encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'], timeout: 15_000, input })
}

export const BACKENDS = ['10.244.0.5', '10.244.0.6'] as const
export const NODE_ADDRESS = '172.18.0.2'
export const CLIENT_ADDRESS = '172.18.0.1'

// A backend answers each connection with its own address and the peer's, then closes.
const SERVER = `require('net').createServer((s) => { s.on('error', () => {}); s.end(process.argv[1] + ' ' + s.remoteAddress) })
.listen(8080, process.argv[1], () => console.log('listening'))`

// Dials `count` times, one after the other, and prints one JSON line of outcomes.
const DIALER = `const [address, port, count] = process.argv.slice(1); const seen = {}
const dial = (left) => { if (left === 0) return console.log(JSON.stringify(seen))
  const done = (what) => { seen[what] = (seen[what] ?? 0) + 1; dial(left - 1) }
  let text = ''; const s = require('net').connect({ host: address, port: Number(port), timeout: 1500 })
  s.on('data', (d) => (text += d)).on('end', () => { s.destroy(); done(text) })
  s.on('error', (e) => done(e.code)).on('timeout', () => { s.destroy(); done('TIMEOUT') }) }
dial(Number(count))`

export class KernelNetwork {
  readonly #prefix: string
  readonly #servers: ChildProcess[] = []

  /** @param name tells the networks of suites apart that run side by side */
  constructor(name = 'i') {
    this.#prefix = `pw${process.pid}${name}`
  }

  async open(): Promise<void> {
    const [node, client] = [this.#name('node'), this.#name('client')]
    for (const name of ['node', 'client', 'b0', 'b1']) {
      run('ip', ['netns', 'add', this.#name(name)])
      this.#in(name, 'ip', 'link', 'set', 'lo', 'up')
    }
    this.#link(node, 'eth0', `${NODE_ADDRESS}/16`, client, `${CLIENT_ADDRESS}/16`)
    this.#in('client', 'ip', 'route', 'add', 'default', 'via', NODE_ADDRESS)
    this.#in('node', 'ip', 'route', 'add', 'default', 'via', CLIENT_ADDRESS)
    for (const [i, address] of BACKENDS.entries()) {
      this.#link(node, `pod${i}`, '10.244.0.1/32', this.#name(`b${i}`), `${address}/24`)
      this.#in('node', 'ip', 'route', 'add', `${address}/32`, 'dev', `pod${i}`)
      this.#in(`b${i}`, 'ip', 'route', 'add', 'default', 'via', '10.244.0.1')
    }
    const settings = [
      'ip_forward=1',
      'icmp_ratelimit=0',
      'conf.all.rp_filter=0',
      'conf.default.rp_filter=0',
      'conf.all.route_localnet=1',
    ]
    for (const setting of settings) this.#in('node', 'sysctl', '-q', '-w', `net.ipv4.${setting}`)
    for (const [i, address] of BACKENDS.entries()) await this.#serve(`b${i}`, address)
  }

  /** Replaces the node's rules. */
  load(rules: string, tool: 'nft' | 'legacy' = 'nft'): void {
    run('ip', ['netns', 'exec', this.#name('node'), `iptables-${tool}-restore`], rules)
  }

  /** What the kernel holds, without comments and with counters at zero. */
  save(tool: 'nft' | 'legacy' = 'nft'): string {
    return this.#in('node', `iptables-${tool}-save`)
      .split('\n')
      .filter((line) => !line.startsWith('#'))
      .map((line) => line.replace(/\[\d+:\d+\]$/, '[0:0]'))
      .join('\n')
  }

  /** `nft -f -` with this text, after flushing what was there. */
  loadNft(rules: string): void {
    run('ip', ['netns', 'exec', this.#name('node'), 'nft', '-f', '-'], `flush ruleset\n${rules}`)
  }

  listNft(): string {
    return this.#in('node', 'nft', 'list', 'table', 'ip', 'kube-proxy')
  }

  list(table: string): string {
    return this.#in('node', 'iptables-nft', '-t', table, '-L', '-n')
  }

  flush(tool: 'nft' | 'legacy'): void {
    for (const table of ['mangle', 'filter', 'nat']) {
      this.#in('node', `iptables-${tool}`, '-t', table, '-F')
      this.#in('node', `iptables-${tool}`, '-t', table, '-X')
    }
  }

  /** Outcomes by number: `backend peer`, or an errno. */
  dial(from: 'client' | 'node', address: string, port: number, count: number): ReadonlyMap<string, number> {
    const seen: unknown = JSON.parse(
      this.#in(from, process.execPath, '-e', DIALER, address, String(port), String(count)),
    )
    return new Map(Object.entries(seen ?? {}).map(([what, times]) => [what, Number(times)]))
  }

  close(): void {
    for (const server of this.#servers) server.kill('SIGKILL')
    for (const name of ['node', 'client', 'b0', 'b1']) {
      try {
        run('ip', ['netns', 'del', this.#name(name)])
      } catch {
        // It was never made: opening failed half-way.
      }
    }
  }

  #name(name: string): string {
    return `${this.#prefix}-${name}`
  }

  #in(namespace: string, command: string, ...args: string[]): string {
    return run('ip', ['netns', 'exec', this.#name(namespace), command, ...args])
  }

  /** A cable between the node's device and the other namespace's eth0. */
  #link(node: string, device: string, nodeAddress: string, other: string, address: string): void {
    run('ip', ['link', 'add', device, 'netns', node, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', other])
    run('ip', ['-n', node, 'addr', 'add', nodeAddress, 'dev', device])
    run('ip', ['-n', other, 'addr', 'add', address, 'dev', 'eth0'])
    run('ip', ['-n', node, 'link', 'set', device, 'up'])
    run('ip', ['-n', other, 'link', 'set', 'eth0', 'up'])
  }

  async #serve(namespace: string, address: string): Promise<void> {
    const server = spawn('ip', ['netns', 'exec', this.#name(namespace), process.execPath, '-e', SERVER, address])
    this.#servers.push(server)
    await once(server.stdout, 'data')
  }
}
