// nginx's servers and locations from its directives, and which of them a request is for. Pure. Source: nginx documentation
// (server_names, ngx_http_core_module location). Nested locations and if blocks are not evaluated, and named in `ignored`.

import { checkDirectives } from './check-directives.ts'
import type { Directive } from './config-text.ts'
import { readUpstream, type UpstreamBlock } from './upstream-block.ts'

export interface Location {
  /** '' is a prefix. */
  readonly modifier: '' | '=' | '^~' | '~' | '~*'
  readonly path: string
  readonly directives: readonly Directive[]
}

export interface Server {
  readonly ports: readonly number[]
  /** Without an address: on all of them. */
  readonly listens: readonly { readonly port: number; readonly address?: string | undefined }[]
  readonly defaultPorts: readonly number[]
  readonly names: readonly string[]
  readonly directives: readonly Directive[]
  readonly locations: readonly Location[]
}

export interface Sites {
  readonly servers: readonly Server[]
  readonly upstreams: ReadonlyMap<string, UpstreamBlock>
  /** What the http level says for all servers. */
  readonly http: readonly Directive[]
  /** Directives podwire does not evaluate, once each, in order. */
  readonly ignored: readonly string[]
}

/** @returns what nginx says before it exits, when an upstream block is wrong */
export function readSites(directives: readonly Directive[]): Sites | { readonly error: string } {
  const servers: Server[] = []
  const upstreams = new Map<string, UpstreamBlock>()
  const http: Directive[] = []
  const ignored = new Set(checkDirectives(directives, 'http').ignored.map(({ name }) => name))
  const visit = (list: readonly Directive[]): string | undefined => {
    for (const directive of list) {
      const { name, block = [] } = directive
      if (name === 'server') servers.push(readServer(directive, ignored))
      else if (name === 'upstream') {
        const upstream = readUpstream(directive)
        if ('error' in upstream) return upstream.error
        if (upstreams.has(upstream.name)) return `duplicate upstream "${upstream.name}" in ${directive.at}`
        upstreams.set(upstream.name, upstream)
      } else if (name !== 'http') http.push(directive)
      const problem = name === 'http' ? visit(block) : undefined
      if (problem !== undefined) return problem
    }
    return undefined
  }
  const error = visit(directives)
  return error === undefined ? { servers, upstreams, http, ignored: [...ignored] } : { error }
}

function readServer({ block = [] }: Directive, ignored: Set<string>): Server {
  const listens = block.filter(({ name }) => name === 'listen')
  const plain = listens.filter(({ args }) => !args.includes('ssl'))
  if (plain.length < listens.length) ignored.add('listen … ssl')
  const portOf = ({ args }: Directive): number => Number(/(?:^|:)(\d+)$/.exec(args[0] ?? '')?.[1] ?? 80)
  const locations = block.filter(({ name }) => name === 'location').map((location) => readLocation(location, ignored))
  return {
    ports: listens.length === 0 ? [80] : [...new Set(plain.map(portOf))],
    listens:
      listens.length === 0
        ? [{ port: 80 }]
        : plain.map((listen) => ({ port: portOf(listen), address: addressOf(listen) })),
    defaultPorts: plain.filter(({ args }) => args.includes('default_server') || args.includes('default')).map(portOf),
    names: block.filter(({ name }) => name === 'server_name').flatMap(({ args }) => args),
    directives: block,
    locations,
  }
}

/** `listen 127.0.0.1:80` and `listen localhost:80` take one address; a port alone, `*:80` and `[::]:80` take all. */
function addressOf({ args }: Directive): string | undefined {
  const address = /^(\d+\.\d+\.\d+\.\d+|localhost)(?::\d+)?$/.exec(args[0] ?? '')?.[1]
  if (address === undefined || address === '0.0.0.0') return undefined
  return address === 'localhost' ? '127.0.0.1' : address
}

function readLocation({ args, block = [] }: Directive, ignored: Set<string>): Location {
  const [first = '/', second] = args
  if (block.some(({ name }) => name === 'location')) ignored.add('location in location')
  const modifier = first === '=' || first === '^~' || first === '~' || first === '~*' ? first : ''
  return { modifier, path: modifier === '' ? first : (second ?? '/'), directives: block }
}

/**
 * By port and Host header: the name itself, the longest `*.suffix`, the longest `prefix.*`, the first pattern; else the port's default
 * server. `.od.com` is od.com and `*.od.com`, and a wildcard takes any number of labels.
 */
export function chooseServer(servers: readonly Server[], port: number, host: string): Server | undefined {
  const here = servers.filter((server) => server.ports.includes(port))
  const exact = here.find(({ names }) => names.some((name) => name.toLowerCase() === host || name === `.${host}`))
  if (exact !== undefined) return exact
  const wild =
    longest(here, (name) => (/^\*?\./.test(name) && host.endsWith(name.replace('*', '')) ? name.length : 0)) ??
    longest(here, (name) => (name.endsWith('.*') && host.startsWith(name.slice(0, -1)) ? name.length : 0)) ??
    here.find(({ names }) => names.some((name) => name.startsWith('~') && matches(name.slice(1), host, 'i')))
  return wild ?? here.find((server) => server.defaultPorts.includes(port)) ?? here[0]
}

/** @param fits 0: not at all */
function longest(servers: readonly Server[], fits: (name: string) => number): Server | undefined {
  let best: { readonly server: Server; readonly length: number } | undefined
  for (const server of servers) {
    for (const name of server.names) {
      const length = fits(name.toLowerCase())
      if (length > (best?.length ?? 0)) best = { server, length }
    }
  }
  return best?.server
}

export function chooseLocation(locations: readonly Location[], path: string): Location | undefined {
  let prefix: Location | undefined
  for (const location of locations) {
    if (location.modifier === '=' && location.path === path) return location
    if (location.modifier !== '' && location.modifier !== '^~') continue
    if (path.startsWith(location.path) && location.path.length > (prefix?.path.length ?? -1)) prefix = location
  }
  if (prefix?.modifier === '^~') return prefix
  const matching = locations.find(({ modifier, path: pattern }) => {
    if (modifier !== '~' && modifier !== '~*') return false
    return matches(pattern, path, modifier === '~*' ? 'i' : '')
  })
  return matching ?? prefix
}

/** A pattern JavaScript cannot read matches nothing. */
function matches(pattern: string, path: string, flags: string): boolean {
  try {
    return new RegExp(pattern, flags).test(path)
  } catch {
    return false
  }
}
