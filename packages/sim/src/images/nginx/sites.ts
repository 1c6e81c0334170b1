// nginx's servers and locations from its directives, and which of them a request is for. Pure. Source: nginx documentation
// (server_names, ngx_http_core_module location). Nested locations, if blocks and regular expressions as server names are not
// evaluated, and named in `ignored`.

import type { Directive } from './config-text.ts'

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
  /** upstream blocks: name → `host:port` of their servers. */
  readonly upstreams: ReadonlyMap<string, readonly string[]>
  /** Directives podwire does not evaluate, once each, in order. */
  readonly ignored: readonly string[]
}

const EVALUATED: ReadonlySet<string> = new Set(
  ['listen', 'server_name', 'root', 'alias', 'index', 'location', 'return', 'proxy_pass', 'proxy_set_header'].concat([
    'add_header',
    'default_type',
    'try_files',
    'server',
    'upstream',
    'http',
    'include',
  ]),
)
/** They change nothing that a client of the simulation could see. */
const HARMLESS: ReadonlySet<string> = new Set(
  [
    'access_log',
    'error_log',
    'error_page',
    'charset',
    'sendfile',
    'tcp_nopush',
    'tcp_nodelay',
    'keepalive_timeout',
  ].concat(
    [
      'types',
      'types_hash_max_size',
      'log_format',
      'user',
      'worker_processes',
      'worker_connections',
      'events',
      'pid',
      'gzip',
    ],
    [
      'proxy_http_version',
      'proxy_connect_timeout',
      'proxy_read_timeout',
      'proxy_send_timeout',
      'proxy_buffering',
      'keepalive',
    ],
    ['server_tokens', 'client_max_body_size', 'resolver', 'gzip_types', 'proxy_redirect', 'multi_accept', 'use'],
  ),
)

export function readSites(directives: readonly Directive[]): Sites {
  const servers: Server[] = []
  const upstreams = new Map<string, readonly string[]>()
  const ignored = new Set<string>()
  const visit = (list: readonly Directive[]): void => {
    for (const directive of list) {
      const { name, args, block = [] } = directive
      if (name === 'http') visit(block)
      else if (name === 'server') servers.push(readServer(directive, ignored))
      else if (name === 'upstream') {
        const members = block.filter((member) => member.name === 'server').map((member) => member.args[0] ?? '')
        upstreams.set(args[0] ?? '', members)
      } else note(name, ignored)
    }
  }
  visit(directives)
  return { servers, upstreams, ignored: [...ignored] }
}

function note(name: string, ignored: Set<string>): void {
  if (!EVALUATED.has(name) && !HARMLESS.has(name)) ignored.add(name)
}

function readServer({ block = [] }: Directive, ignored: Set<string>): Server {
  const listens = block.filter(({ name }) => name === 'listen')
  const plain = listens.filter(({ args }) => !args.includes('ssl'))
  if (plain.length < listens.length) ignored.add('listen … ssl')
  const portOf = ({ args }: Directive): number => Number(/(?:^|:)(\d+)$/.exec(args[0] ?? '')?.[1] ?? 80)
  const locations = block.filter(({ name }) => name === 'location').map((location) => readLocation(location, ignored))
  for (const { name } of block) note(name, ignored)
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
  for (const { name } of block) {
    if (name === 'location') ignored.add('location in location')
    else note(name, ignored)
  }
  const modifier = first === '=' || first === '^~' || first === '~' || first === '~*' ? first : ''
  return { modifier, path: modifier === '' ? first : (second ?? '/'), directives: block }
}

/** By port and Host header; the port's default server answers for names nobody has. */
export function chooseServer(servers: readonly Server[], port: number, host: string): Server | undefined {
  const here = servers.filter((server) => server.ports.includes(port))
  const exact = here.find(({ names }) => names.includes(host))
  if (exact !== undefined) return exact
  const wild = here.find(({ names }) =>
    names.some(
      (name) =>
        (name.startsWith('*.') && host.endsWith(name.slice(1))) ||
        (name.endsWith('.*') && host.startsWith(name.slice(0, -1))),
    ),
  )
  return wild ?? here.find((server) => server.defaultPorts.includes(port)) ?? here[0]
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
