// nginx with a configuration of its own: conf.d/*.conf (or a mounted nginx.conf) evaluated for each request: server by port
// and name, location by path, then return, proxy_pass, try_files or a file.

import { normalizeUri } from '@podwire/ingress'
import { SocketError, type Listener } from '../../fabric/network.ts'
import { serveHttp } from '../../http/index.ts'
import { headerValue, type HeaderList, type HttpRequest, type HttpResponse } from '../../http/message.ts'
import type { ContainerContext, RunningProgram } from '../image.ts'
import { takesSignals } from '../program.ts'
import { headersOf, serveFile, type StaticSite } from '../static-files.ts'
import { checkDirectives } from './check-directives.ts'
import { parseConfig, type Directive } from './config-text.ts'
import { inherited, proxiedHeaders, proxyRules, type Levels } from './proxy-settings.ts'
import { redirectOf, slashRedirect } from './redirects.ts'
import { chooseLocation, chooseServer, readSites, type Location, type Server, type Sites } from './sites.ts'
import { upstreamOf } from './upstream-block.ts'
import { newUpstream, proxy, type ProxyHost, resolveUpstream, type Upstream } from './upstream.ts'
import { expandVariables, type RequestFacts } from './variables.ts'

/** Writes one line of the access log. */
export type AccessLog = (request: HttpRequest, peer: string, response: HttpResponse) => void

/** What nginx has of the machine it runs on: a container, or a host outside the cluster. */
export interface NginxHost extends ProxyHost {
  readonly hostname: string
  /** The configuration is wrong, a name unknown, a port taken: nginx ends. */
  refuse(problem: string): void
}

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
  const host: NginxHost = {
    engine: context.engine,
    network: context.network,
    resolver: context.resolver,
    hostname: context.hostname,
    stderr: (text) => context.stderr(text),
    refuse: (problem) => {
      context.stderr(`nginx: [emerg] ${problem}\n`)
      context.exit(1)
    },
  }
  const sites = sitesOf(context, read())
  if ('error' in sites) {
    host.refuse(sites.error)
    return { signal: () => undefined }
  }
  let nginx = new ConfiguredNginx(host, sites, site, log)
  void nginx.start()
  const reload = (): void => {
    const next = sitesOf(context, read())
    if ('error' in next) {
      context.stderr(`nginx: [emerg] ${next.error}\n`)
      return
    }
    nginx.close()
    nginx = new ConfiguredNginx(host, next, site, log)
    void nginx.start()
  }
  return takesSignals(context, { SIGTERM: 0, SIGINT: 0, SIGQUIT: 0, SIGHUP: reload })
}

function sitesOf(context: ContainerContext, files: ReadonlyMap<string, string>): Sites | { readonly error: string } {
  const sites = readConfiguration(files)
  for (const name of 'error' in sites ? [] : sites.ignored) {
    // conf.d and mime.types are there without being looked for.
    if (name !== 'include') context.stderr(`podwire: nginx directive "${name}" is not evaluated\n`)
  }
  return sites
}

/** A file whose text has an http block is the whole configuration; others are what its http block includes. */
export function readConfiguration(files: ReadonlyMap<string, string>): Sites | { readonly error: string } {
  const directives: Directive[] = []
  for (const [file, text] of files) {
    const parsed = parseConfig(text, file)
    if ('error' in parsed) return parsed
    const isMain = parsed.some(({ name }) => name === 'http' || name === 'events')
    const { error } = checkDirectives(parsed, isMain ? 'main' : 'http')
    if (error !== undefined) return { error }
    directives.push(...parsed)
  }
  return readSites(directives)
}

export class ConfiguredNginx {
  readonly upstreams = new Map<string, Upstream>()
  readonly #host: NginxHost
  readonly #sites: Sites
  readonly #site: StaticSite
  readonly #log: AccessLog
  readonly #passes: readonly Directive[]
  readonly #listeners: Listener[] = []
  #closed = false

  constructor(host: NginxHost, sites: Sites, site: StaticSite, log: AccessLog) {
    this.#log = log
    this.#host = host
    this.#sites = sites
    this.#site = site
    const all = sites.servers.flatMap((server) => [
      server.directives,
      ...server.locations.map((location) => location.directives),
    ])
    this.#passes = all.flat().filter(({ name }) => name === 'proxy_pass')
    for (const pass of this.#passes) {
      const { name } = passTarget(pass)
      if (name.includes('$')) continue
      this.upstreams.set(name, newUpstream(sites.upstreams.get(name) ?? upstreamOf(name)))
    }
  }

  /** Resolves when it listens, or was refused; at once where no name has to be looked up. */
  start(): Promise<void> | void {
    if (this.upstreams.size === 0) return this.#listen()
    this.#host.engine.touchAsync()
    return this.#resolve()
  }

  /** Takes no more connections. */
  close(): void {
    this.#closed = true
    for (const listener of this.#listeners) listener.close()
  }

  async #resolve(): Promise<void> {
    for (const upstream of this.upstreams.values()) {
      const unknown = await resolveUpstream(this.#host, upstream)
      if (unknown === undefined) continue
      const at = this.#passes.find((pass) => passTarget(pass).name === upstream.block.name)?.at ?? ''
      this.#host.refuse(`host not found in upstream "${unknown}" in ${at}`)
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
            this.#host.network,
            port,
            (request, peer) => this.#serve(request, peer.address, port),
            address === undefined ? {} : { address },
          ),
        )
      } catch (error) {
        if (!(error instanceof SocketError)) throw error
        this.#host.refuse(`bind() to 0.0.0.0:${port} failed (98: Address already in use)`)
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
    const named = headerValue(request.headers, 'host')
    if ((named === undefined || named === '') && request.version === '1.1') return this.#error(400)
    const host = (named ?? '').replace(/:\d+$/, '').replace(/\.$/, '').toLowerCase()
    const server = chooseServer(this.#sites.servers, port, host)
    const facts: RequestFacts = { request, peer, port, hostname: this.#host.hostname, proxyHost: '' }
    if (server === undefined) return this.#error(404)
    const ownReturn = server.directives.find(({ name }) => name === 'return' || name === 'rewrite')
    const early = ownReturn && this.#early(ownReturn, [server.directives, this.#sites.http], facts)
    return early ?? this.#locate(server, request, facts, 0)
  }

  /** return, or a rewrite that leads elsewhere. */
  #early(directive: Directive, levels: Levels, facts: RequestFacts): HttpResponse | undefined {
    if (directive.name === 'return') return this.#return(directive, levels, facts)
    const redirect = redirectOf(directive, facts)
    if (redirect === undefined) return undefined
    const { headers, ...answer } = this.#error(redirect.status)
    return { ...answer, headers: [...headers, ['Location', redirect.location]] }
  }

  #locate(
    server: Server,
    request: HttpRequest,
    facts: RequestFacts,
    depth: number,
  ): HttpResponse | Promise<HttpResponse> {
    const uri = normalizeUri(request.target)
    if (uri === undefined) return this.#error(400)
    const location = chooseLocation(server.locations, uri)
    const levels: Levels = [location?.directives ?? [], server.directives, this.#sites.http]
    const directives = levels.flat()
    const find = (name: string): Directive | undefined => directives.find((directive) => directive.name === name)
    const slashed = slashRedirect(server.locations, uri, facts)
    if (slashed !== undefined && location?.path !== uri) {
      return this.#return({ name: 'return', args: ['301', slashed], block: undefined, at: '' }, levels, facts)
    }
    const own = location?.directives.find(({ name }) => name === 'return' || name === 'rewrite')
    const early = own && this.#early(own, levels, facts)
    if (early !== undefined) return early
    const [pass, tries] = [location?.directives.find(({ name }) => name === 'proxy_pass'), find('try_files')]
    if (pass !== undefined) return this.#pass(pass, location, levels, facts)
    const root = find('root')?.args[0] ?? DEFAULT_ROOT
    if (tries === undefined || depth > 10) return this.#withHeaders(this.#file(request, root, location), levels, facts)
    for (const word of tries.args.slice(0, -1)) {
      const path = expandVariables(word, facts)
      const there = path.endsWith('/')
        ? this.#site.files.read(`${root}${path}index.html`)
        : this.#site.files.read(root + path)
      if (there !== undefined)
        return this.#withHeaders(this.#file({ ...request, target: path }, root, undefined), levels, facts)
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

  #return({ args }: Directive, levels: Levels, facts: RequestFacts): HttpResponse {
    const [first = '', second] = args
    const status = /^\d+$/.test(first) ? Number(first) : 302
    const text = expandVariables(/^\d+$/.test(first) ? (second ?? '') : first, facts)
    if (status >= 300 && status < 400 && text !== '') {
      const { headers, ...answer } = this.#error(status)
      return { ...answer, headers: [...headers, ['Location', text]] }
    }
    if (second === undefined && status >= 300) return this.#error(status)
    const type = levels.flat().find(({ name }) => name === 'default_type')?.args[0] ?? 'application/octet-stream'
    const body = Buffer.from(text, 'utf8')
    const headers: HeaderList = [
      ...headersOf(this.#site),
      ['Content-Type', type],
      ['Content-Length', String(body.length)],
      ['Connection', 'keep-alive'],
    ]
    return this.#withHeaders({ status, reason: '', headers, body }, levels, facts)
  }

  async #pass(
    pass: Directive,
    location: Location | undefined,
    levels: Levels,
    facts: RequestFacts,
  ): Promise<HttpResponse> {
    const { name, uri } = passTarget(pass)
    const upstream = this.upstreams.get(name)
    if (upstream === undefined) {
      this.#host.stderr(`podwire: nginx proxy_pass with variables is not evaluated: ${pass.args[0] ?? ''}\n`)
      return this.#error(502)
    }
    const { request, peer } = facts
    // A URI in proxy_pass takes the place of the location's path.
    const target =
      uri === '' ? request.target : uri + request.target.slice(location?.modifier === '' ? location.path.length : 0)
    const headers = proxiedHeaders(request, inherited(levels, 'proxy_set_header'), { ...facts, proxyHost: name })
    const rules = proxyRules(levels)
    const answer = await proxy(
      this.#host,
      upstream,
      { method: request.method, target, headers, body: request.body },
      rules,
      peer,
    )
    if ('failed' in answer) return this.#error(answer.failed)
    return this.#withHeaders({ ...answer, headers: [...headersOf(this.#site), ...answer.headers] }, levels, facts)
  }

  #withHeaders(response: HttpResponse, levels: Levels, facts: RequestFacts): HttpResponse {
    const added = inherited(levels, 'add_header').filter(({ args }) => response.status < 400 || args[2] === 'always')
    if (added.length === 0) return response
    const headers = added.map(({ args: [name = '', value = ''] }) => [name, expandVariables(value, facts)] as const)
    return { ...response, headers: [...response.headers, ...headers] }
  }

  #error(status: number): HttpResponse {
    const body = Buffer.from(this.#site.style.errorPage(status), 'utf8')
    const headers: HeaderList = [
      ...headersOf(this.#site),
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
