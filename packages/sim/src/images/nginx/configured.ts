// nginx with a configuration of its own: conf.d/*.conf (or a mounted nginx.conf) evaluated for each request: server by port
// and name, location by path, then return, proxy_pass, try_files or a file.

import { SocketError, type Listener } from '../../fabric/network.ts'
import { serveHttp } from '../../http/index.ts'
import { headerValue, type HeaderList, type HttpRequest, type HttpResponse } from '../../http/message.ts'
import type { ContainerContext, RunningProgram } from '../image.ts'
import { takesSignals } from '../program.ts'
import { pathOf } from '../responses.ts'
import { serveFile, type StaticSite } from '../static-files.ts'
import { parseConfig, type Directive } from './config-text.ts'
import { chooseLocation, chooseServer, readSites, type Location, type Server, type Sites } from './sites.ts'
import { proxy, resolveUpstream, type Upstream } from './upstream.ts'
import { expandVariables, type RequestFacts } from './variables.ts'

const ENDED: RunningProgram = { signal: () => undefined }
/** Writes one line of the access log. */
export type AccessLog = (request: HttpRequest, peer: string, response: HttpResponse) => void

const DEFAULT_ROOT = '/etc/nginx/html'

/**
 * @param read the texts of its files, in order, as nginx includes them; asked again at a reload (SIGHUP), which keeps the old
 * configuration when the new one is broken
 */
export function startConfigured(
  context: ContainerContext,
  read: () => ReadonlyMap<string, string>,
  site: StaticSite,
  log: AccessLog,
): RunningProgram {
  const sites = sitesOf(context, read())
  if ('error' in sites) return refuse(context, sites.error)
  let nginx = new ConfiguredNginx(context, sites, site, log)
  nginx.start()
  const reload = (): void => {
    const next = sitesOf(context, read())
    if ('error' in next) {
      context.stderr(`nginx: [emerg] ${next.error}\n`)
      return
    }
    nginx.close()
    nginx = new ConfiguredNginx(context, next, site, log)
    nginx.start()
  }
  return takesSignals(context, { SIGTERM: 0, SIGINT: 0, SIGQUIT: 0, SIGHUP: reload })
}

function sitesOf(context: ContainerContext, files: ReadonlyMap<string, string>): Sites | { readonly error: string } {
  const directives: Directive[] = []
  for (const [file, text] of files) {
    const parsed = parseConfig(text, file)
    if ('error' in parsed) return parsed
    directives.push(...parsed)
  }
  const sites = readSites(directives)
  for (const name of sites.ignored) context.stderr(`podwire: nginx directive "${name}" is not evaluated\n`)
  return sites
}

function refuse(context: ContainerContext, problem: string): RunningProgram {
  context.stderr(`nginx: [emerg] ${problem}\n`)
  context.exit(1)
  return ENDED
}

class ConfiguredNginx {
  readonly upstreams = new Map<string, Upstream>()
  readonly #context: ContainerContext
  readonly #sites: Sites
  readonly #site: StaticSite
  readonly #log: AccessLog
  readonly #passes: readonly Directive[]
  readonly #listeners: Listener[] = []
  #closed = false

  constructor(context: ContainerContext, sites: Sites, site: StaticSite, log: AccessLog) {
    this.#log = log
    this.#context = context
    this.#sites = sites
    this.#site = site
    const all = sites.servers.flatMap((server) => [
      server.directives,
      ...server.locations.map((location) => location.directives),
    ])
    this.#passes = all.flat().filter(({ name }) => name === 'proxy_pass')
    for (const pass of this.#passes) {
      const { name } = passTarget(pass)
      if (!name.includes('$')) this.upstreams.set(name, { name, addresses: [], turn: 0 })
    }
  }

  start(): void {
    if (this.upstreams.size === 0) this.#listen()
    else {
      this.#context.engine.touchAsync()
      void this.#resolve()
    }
  }

  /** Takes no more connections. */
  close(): void {
    this.#closed = true
    for (const listener of this.#listeners) listener.close()
  }

  async #resolve(): Promise<void> {
    for (const upstream of this.upstreams.values()) {
      const unknown = await resolveUpstream(
        this.#context,
        upstream,
        this.#sites.upstreams.get(upstream.name) ?? [upstream.name],
      )
      if (unknown === undefined) continue
      const at = this.#passes.find((pass) => passTarget(pass).name === upstream.name)?.at ?? ''
      refuse(this.#context, `host not found in upstream "${unknown}" in ${at}`)
      return
    }
    if (!this.#closed) this.#listen()
  }

  #listen(): void {
    const ports = new Set(this.#sites.servers.flatMap((server) => server.ports))
    for (const port of ports) {
      try {
        const address = this.#addressFor(port)
        this.#listeners.push(
          serveHttp(
            this.#context.network,
            port,
            (request, peer) => this.#serve(request, peer.address, port),
            address === undefined ? {} : { address },
          ),
        )
      } catch (error) {
        if (!(error instanceof SocketError)) throw error
        refuse(this.#context, `bind() to 0.0.0.0:${port} failed (98: Address already in use)`)
        return
      }
    }
  }

  /** The one address that every server listening on this port names; undefined: all of them. */
  #addressFor(port: number): string | undefined {
    const listens = this.#sites.servers.flatMap((server) => server.listens).filter((listen) => listen.port === port)
    const addresses = new Set(listens.map(({ address }) => address))
    return addresses.size === 1 ? [...addresses][0] : undefined
  }

  #serve(request: HttpRequest, peer: string, port: number): HttpResponse | Promise<HttpResponse> {
    const answer = this.#answer(request, peer, port)
    const logged = (response: HttpResponse): HttpResponse => {
      this.#log(request, peer, response)
      return response
    }
    return answer instanceof Promise ? answer.then(logged) : logged(answer)
  }

  #answer(request: HttpRequest, peer: string, port: number): HttpResponse | Promise<HttpResponse> {
    const host = (headerValue(request.headers, 'host') ?? '').replace(/:\d+$/, '').toLowerCase()
    const server = chooseServer(this.#sites.servers, port, host)
    const facts: RequestFacts = { request, peer, port, hostname: this.#context.hostname, proxyHost: '' }
    if (server === undefined) return this.#error(404)
    const ownReturn = server.directives.find(({ name }) => name === 'return')
    if (ownReturn !== undefined) return this.#return(ownReturn, server.directives, facts)
    return this.#locate(server, request, facts, 0)
  }

  #locate(
    server: Server,
    request: HttpRequest,
    facts: RequestFacts,
    depth: number,
  ): HttpResponse | Promise<HttpResponse> {
    const location = chooseLocation(server.locations, pathOf(request.target))
    const directives = [...(location?.directives ?? []), ...server.directives]
    const find = (name: string): Directive | undefined => directives.find((directive) => directive.name === name)
    const [answer, pass, tries] = [
      location?.directives.find(({ name }) => name === 'return'),
      find('proxy_pass'),
      find('try_files'),
    ]
    if (answer !== undefined) return this.#return(answer, directives, facts)
    if (pass !== undefined) return this.#pass(pass, location, directives, facts)
    const root = find('root')?.args[0] ?? DEFAULT_ROOT
    if (tries === undefined || depth > 10)
      return this.#withHeaders(this.#file(request, root, location), directives, facts)
    for (const word of tries.args.slice(0, -1)) {
      const path = expandVariables(word, facts)
      const there = path.endsWith('/')
        ? this.#site.files.read(`${root}${path}index.html`)
        : this.#site.files.read(root + path)
      if (there !== undefined)
        return this.#withHeaders(this.#file({ ...request, target: path }, root, undefined), directives, facts)
    }
    const last = expandVariables(tries.args.at(-1) ?? '=404', facts)
    if (last.startsWith('=')) return this.#error(Number(last.slice(1)))
    return this.#locate(server, { ...request, target: last }, facts, depth + 1)
  }

  #file(request: HttpRequest, root: string, location: Location | undefined): HttpResponse {
    const alias = location?.directives.find(({ name }) => name === 'alias')?.args[0]
    if (alias === undefined || location === undefined) return serveFile({ ...this.#site, root }, request)
    const rest = request.target.slice(location.path.length).replace(/^\/?/, '/')
    return serveFile({ ...this.#site, root: alias.replace(/\/$/, '') }, { ...request, target: rest })
  }

  #return({ args }: Directive, directives: readonly Directive[], facts: RequestFacts): HttpResponse {
    const [first = '', second] = args
    const status = /^\d+$/.test(first) ? Number(first) : 302
    const text = expandVariables(/^\d+$/.test(first) ? (second ?? '') : first, facts)
    if (status >= 300 && status < 400 && text !== '') {
      const { headers, ...answer } = this.#error(status)
      return { ...answer, headers: [...headers, ['Location', text]] }
    }
    if (second === undefined && status >= 300) return this.#error(status)
    const type = directives.find(({ name }) => name === 'default_type')?.args[0] ?? 'application/octet-stream'
    const body = Buffer.from(text, 'utf8')
    const headers: HeaderList = [
      ...this.#site.headers(),
      ['Content-Type', type],
      ['Content-Length', String(body.length)],
      ['Connection', 'keep-alive'],
    ]
    return this.#withHeaders({ status, reason: '', headers, body }, directives, facts)
  }

  async #pass(
    pass: Directive,
    location: Location | undefined,
    directives: readonly Directive[],
    facts: RequestFacts,
  ): Promise<HttpResponse> {
    const { name, uri } = passTarget(pass)
    const upstream = this.upstreams.get(name)
    if (upstream === undefined) {
      this.#context.stderr(`podwire: nginx proxy_pass with variables is not evaluated: ${pass.args[0] ?? ''}\n`)
      return this.#error(502)
    }
    const { request } = facts
    const withHost = { ...facts, proxyHost: name }
    // A URI in proxy_pass takes the place of the location's path.
    const target =
      uri === '' ? request.target : uri + request.target.slice(location?.modifier === '' ? location.path.length : 0)
    const set = directives.filter((directive) => directive.name === 'proxy_set_header')
    const own = set.map(({ args: [header = '', value = ''] }) => [header, expandVariables(value, withHost)] as const)
    const names = new Set(own.map(([header]) => header.toLowerCase()))
    const headers = [
      ...request.headers.filter(([header]) => !names.has(header.toLowerCase())),
      ...own.filter(([, value]) => value !== ''),
    ]
    const host = own.find(([header]) => header.toLowerCase() === 'host')?.[1] ?? name
    const answer = await proxy(this.#context, upstream, {
      method: request.method,
      target,
      host,
      headers,
      body: request.body,
    })
    if ('failed' in answer) return this.#error(answer.failed)
    return this.#withHeaders({ ...answer, headers: [...this.#site.headers(), ...answer.headers] }, directives, facts)
  }

  #withHeaders(response: HttpResponse, directives: readonly Directive[], facts: RequestFacts): HttpResponse {
    const added = directives.filter(
      ({ name, args }) => name === 'add_header' && (response.status < 400 || args[2] === 'always'),
    )
    if (added.length === 0) return response
    const headers = added.map(({ args: [name = '', value = ''] }) => [name, expandVariables(value, facts)] as const)
    return { ...response, headers: [...response.headers, ...headers] }
  }

  #error(status: number): HttpResponse {
    const body = Buffer.from(this.#site.errorPage(status), 'utf8')
    const headers: HeaderList = [
      ...this.#site.headers(),
      ['Content-Type', 'text/html'],
      ['Content-Length', String(body.length)],
      ['Connection', 'keep-alive'],
    ]
    return { status, reason: '', headers, body }
  }
}

/** `http://kubia:8080/api/` → `kubia:8080` and `/api/`. */
function passTarget({ args }: Directive): { readonly name: string; readonly uri: string } {
  const [, name = '', uri = ''] = /^https?:\/\/([^/]+)(\/.*)?$/.exec(args[0] ?? '') ?? []
  return { name, uri }
}
