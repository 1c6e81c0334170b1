// One parsed and set-up Corefile: which block serves which zone on which port, and which pages are served over HTTP. Built
// whole or not at all, so a bad Corefile leaves the running one untouched.

import { parseCorefile, parseError, serverKeyOf, type Directive, type ServerBlock } from '../corefile/index.ts'
import type { Microseconds } from '@podwire/engine'
import {
  buildChain,
  lameDuckOf,
  reloadTiming,
  type Next,
  type PluginContext,
  type ReloadTiming,
} from '../plugins/index.ts'
import { isInZone, TYPE } from '../wire/index.ts'

export interface ZoneServer {
  readonly zone: string
  readonly port: number
  readonly chain: Next
  /** Classes other than IN are refused unless some plugin can do with them. */
  readonly anyClass: boolean
}

export type PageName = 'health' | 'ready' | 'metrics'

export interface Configuration {
  readonly text: string
  readonly servers: readonly ZoneServer[]
  readonly ports: readonly number[]
  /** HTTP port → the page served there. */
  readonly pages: ReadonlyMap<number, PageName>
  /** Undefined: this Corefile is never reloaded. */
  readonly reload: ReloadTiming | undefined
  readonly lameDuckUs: Microseconds
  /** The ports are bound. */
  start(): void
  /** Another configuration runs now, or the process ends. */
  stop(): void
}

/** What stays the same for all blocks of a server. */
export type SharedContext = Omit<PluginContext, 'zones' | 'server' | 'shared' | 'onStart' | 'onStop'>

type BlockContext = Omit<PluginContext, 'zones' | 'server'>

const PAGES: readonly (readonly [plugin: string, page: PageName, port: number])[] = [
  ['health', 'health', 8080],
  ['ready', 'ready', 8181],
  ['prometheus', 'metrics', 9153],
]

/** @throws CorefileError */
export function configure(text: string, shared: SharedContext): Configuration {
  const servers: ZoneServer[] = []
  const pages = new Map<number, PageName>()
  let reload: ReloadTiming | undefined
  let lameDuckUs = 0
  const starts: (() => void)[] = []
  const stops: (() => void)[] = []
  const onStart = (start: () => void): void => void starts.push(start)
  const onStop = (stop: () => void): void => void stops.push(stop)
  for (const block of parseCorefile(text, shared.readFile)) {
    servers.push(...serversOf(block, { ...shared, onStart, onStop, shared: new Map() }, servers))
    for (const [plugin, page, port] of PAGES) {
      const directive = directiveOf(block, plugin)
      if (directive !== undefined) pages.set(pagePort(directive, port), page)
    }
    const directive = directiveOf(block, 'reload')
    if (directive !== undefined) reload = reloadTiming(directive)
    const health = directiveOf(block, 'health')
    if (health !== undefined) lameDuckUs = lameDuckOf(health)
  }
  const ports = [...new Set(servers.map((server) => server.port))].sort((a, b) => a - b)
  const run = (hooks: readonly (() => void)[]): void => {
    for (const hook of hooks) hook()
  }
  return { text, servers, ports, pages, reload, lameDuckUs, start: () => run(starts), stop: () => run(stops) }
}

function serversOf(block: ServerBlock, shared: BlockContext, before: readonly ZoneServer[]): ZoneServer[] {
  const keys = block.keys.map((key) => {
    const parsed = serverKeyOf(key)
    if (parsed === undefined) throw parseError(block.line, `invalid server address '${key}'`)
    return parsed
  })
  const zones = keys.flatMap((key) => key.zones)
  const port = keys[0]?.port ?? 53
  const chain = buildChain(block, { ...shared, zones, server: `dns://:${port}` })
  const anyClass = directiveOf(block, 'forward') !== undefined
  const servers = keys.flatMap((key) => key.zones.map((zone) => ({ zone, port: key.port, chain, anyClass })))
  for (const server of servers) {
    if (before.some((other) => other.zone === server.zone && other.port === server.port)) {
      throw parseError(block.line, `cannot serve dns://${server.zone}:${server.port} - it is already defined`)
    }
  }
  return servers
}

function directiveOf(block: ServerBlock, name: string): Directive | undefined {
  return block.directives.find((directive) => directive.name === name)
}

function pagePort(directive: Directive, fallback: number): number {
  const port = /:(\d+)$/.exec(directive.args[0] ?? '')?.[1]
  return port === undefined ? fallback : Number(port)
}

/** The server of the longest zone the name is in; DS belongs to the parent, so the shortest but the root is asked for it. */
export function serverFor(
  configuration: Configuration,
  port: number,
  name: string,
  type: number,
): ZoneServer | undefined {
  let best: ZoneServer | undefined
  for (const server of configuration.servers) {
    if (server.port !== port || !isInZone(name, server.zone)) continue
    if (best === undefined || isBetter(server.zone, best.zone, type === TYPE.DS)) best = server
  }
  return best
}

function isBetter(zone: string, other: string, wantsParent: boolean): boolean {
  if (zone === '.' || other === '.') return other === '.'
  return wantsParent ? zone.length < other.length : zone.length > other.length
}
