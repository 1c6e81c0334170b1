// traefik's command line as settings: entry points, the Kubernetes provider, API, ping. v2 and v3 name options by path without
// regard to case; v1.7 has its own. What is known but not simulated is noted by name; what traefik does not know ends it.
// Source: traefik pkg/config/static/static_configuration.go, pkg/config/static/entrypoints.go; v1.7 configuration/entrypoints.go.

import type { EntryPointRedirect, StatusSource, TrustRules } from '@podwire/ingress'

export interface TraefikSettings {
  readonly entryPoints: readonly {
    readonly name: string
    readonly port: number
    readonly trust: TrustRules
    /** All its routers are for TLS. */
    readonly tls: boolean
    /** v1.7: an entry point has TLS, or it has not; later ones take both. */
    readonly plain: boolean
    readonly redirect: EntryPointRedirect | undefined
    readonly api: boolean
    readonly ping: boolean
  }[]
  /** Of routers that name none; undefined: all but `traefik`. */
  readonly defaultEntryPoints: readonly string[] | undefined
  /** Undefined: nobody asked for the Kubernetes provider. */
  readonly provider: ProviderSettings | undefined
  readonly notes: readonly string[]
}

export interface ProviderSettings {
  readonly ingressClass: string | undefined
  readonly namespace: string | undefined
  readonly strictPrefix: boolean
  readonly allowEmptyServices: boolean
  readonly allowExternalName: boolean
  readonly status: StatusSource
}

interface EntryPointDraft {
  port: number | undefined
  insecure: boolean
  trusted: readonly string[]
  asDefault: boolean
  tls: boolean
  /** `http.redirections.entrypoint.…`; `to` is an entry point, or a port after a colon. */
  redirect: { to: string; scheme: string; permanent: boolean }
}

const TOP = [
  'accesslog',
  'api',
  'certificatesresolvers',
  'configfile',
  'core',
  'entrypoints',
  'experimental',
  'global',
].concat(
  [
    'hostresolver',
    'hub',
    'log',
    'metrics',
    'ocsp',
    'ping',
    'providers',
    'serverstransport',
    'spiffe',
    'tcpserverstransport',
  ],
  ['tracing'],
)
/** They change nothing a request or an object shows. */
const HARMLESS =
  /^(?:global|log|metrics|core|experimental|accesslog|tracing|hub|api\.dashboard|api\.debug|serverstransport)(?:\.|$)/
const NOT_LISTENED = /\/udp$/

/** The last value of each option; a bare `--ping` is true. */
function optionsOf(argv: readonly string[], environment?: ReadonlyMap<string, string>): Map<string, string> {
  const options = new Map<string, string>()
  for (const [name, value] of environment ?? []) {
    const option = name.slice('TRAEFIK_'.length).toLowerCase().replaceAll('_', '.')
    // A Service called traefik puts variables there, too: what traefik does not know it does not look at.
    if (name.startsWith('TRAEFIK_') && TOP.includes(option.split('.')[0] ?? '')) options.set(option, value)
  }
  for (const word of argv) {
    const [, name = '', value = 'true'] = /^--?([^=]+)(?:=(.*))?$/s.exec(word) ?? []
    options.set(name.toLowerCase(), value.replace(/^(["'])(.*)\1$/s, '$2'))
  }
  return options
}

const isTrue = (text: string | undefined): boolean => text !== undefined && /^(?:true|1|t)$/i.test(text)

export function readSettings(
  argv: readonly string[],
  environment: ReadonlyMap<string, string>,
): TraefikSettings | { readonly error: string } {
  // The ways of static configuration are mutually exclusive: with flags the environment is not looked at.
  const options = optionsOf(argv, argv.length === 0 ? environment : undefined)
  const notes: string[] = []
  const drafts = new Map<string, EntryPointDraft>()
  for (const [name, value] of options) {
    const [top = '', second = ''] = name.split('.')
    if (!TOP.includes(top)) {
      return {
        error: `command traefik error: failed to decode configuration from flags: field not found, node: ${top}`,
      }
    }
    if (top === 'entrypoints') entryPointOption(drafts, second, name.split('.').slice(2).join('.'), value, notes)
    else if (!isKnown(name) && !HARMLESS.test(name)) notes.push(`traefik option --${name} is not simulated`)
  }
  if (drafts.size === 0) drafts.set('http', newEntryPoint(80))
  const api = isTrue(options.get('api.insecure'))
  const ping = options.has('ping') || options.has('ping.entrypoint')
  const pingAt = options.get('ping.entrypoint') ?? 'traefik'
  if ((api || (ping && pingAt === 'traefik')) && !drafts.has('traefik')) drafts.set('traefik', newEntryPoint(8080))
  const entryPoints = [...drafts].flatMap(([name, draft]) => {
    const { port, tls } = draft
    if (port === undefined) return []
    const trust = { insecure: draft.insecure, trusted: draft.trusted }
    const redirect = redirectOf(draft, drafts)
    const own = { api: api && name === 'traefik', ping: ping && name === pingAt }
    return [{ name, port, trust, tls, plain: true, redirect, ...own }]
  })
  const asDefault = [...drafts].filter(([, draft]) => draft.asDefault).map(([name]) => name)
  return {
    entryPoints,
    defaultEntryPoints: asDefault.length === 0 ? undefined : asDefault,
    provider: providerOf(options, 'providers.kubernetesingress'),
    notes,
  }
}

function newEntryPoint(port: number | undefined): EntryPointDraft {
  const redirect = { to: '', scheme: 'https', permanent: true }
  return { port, insecure: false, trusted: [], asDefault: false, tls: false, redirect }
}

function redirectOf(
  { redirect: { to, scheme, permanent } }: EntryPointDraft,
  drafts: ReadonlyMap<string, EntryPointDraft>,
): EntryPointRedirect | undefined {
  if (to === '') return undefined
  const port = to.startsWith(':') ? to.slice(1) : String(drafts.get(to)?.port ?? '')
  return { scheme, port: port === (scheme === 'https' ? '443' : '80') ? '' : port, permanent }
}

function entryPointOption(
  drafts: Map<string, EntryPointDraft>,
  name: string,
  option: string,
  value: string,
  notes: string[],
): void {
  const draft = drafts.get(name) ?? newEntryPoint(undefined)
  drafts.set(name, draft)
  if (option === 'address') {
    if (NOT_LISTENED.test(value)) notes.push(`entry point ${name} is of UDP, which is not simulated`)
    else draft.port = Number(/:(\d+)(?:\/tcp)?$/.exec(value)?.[1] ?? 80)
  } else if (option === 'forwardedheaders.insecure') draft.insecure = isTrue(value)
  else if (option === 'forwardedheaders.trustedips') draft.trusted = value.split(',').map((text) => text.trim())
  else if (option === 'asdefault') draft.asDefault = isTrue(value)
  else if (option.startsWith('http.tls')) draft.tls = value !== 'false'
  else if (option === 'http.redirections.entrypoint.to') draft.redirect.to = value
  else if (option === 'http.redirections.entrypoint.scheme') draft.redirect.scheme = value
  else if (option === 'http.redirections.entrypoint.permanent') draft.redirect.permanent = isTrue(value)
  else if (option !== '' && !option.startsWith('transport.')) {
    notes.push(`traefik option --entrypoints.${name}.${option} is not simulated`)
  }
}

const PROVIDER_OPTIONS = ['ingressclass', 'namespaces', 'strictprefixmatching', 'allowemptyservices'].concat(
  ['allowexternalnameservices', 'ingressendpoint.ip', 'ingressendpoint.hostname', 'ingressendpoint.publishedservice'],
  ['endpoint', 'throttleduration'],
)

function isKnown(name: string): boolean {
  const provider = /^providers\.kubernetesingress(?:\.(.+))?$/.exec(name)
  if (provider !== null) return provider[1] === undefined || PROVIDER_OPTIONS.includes(provider[1])
  return ['api', 'api.insecure', 'ping', 'ping.entrypoint', 'configfile'].includes(name)
}

function providerOf(options: ReadonlyMap<string, string>, prefix: string): ProviderSettings | undefined {
  const names = [...options.keys()].filter((name) => name === prefix || name.startsWith(`${prefix}.`))
  if (names.length === 0 || options.get(prefix) === 'false') return undefined
  const option = (name: string): string | undefined => options.get(`${prefix}.${name}`)
  const namespaces = option('namespaces')?.split(',') ?? []
  const service = option('ingressendpoint.publishedservice') ?? ''
  const fixed = [option('ingressendpoint.ip') ?? '', option('ingressendpoint.hostname') ?? ''].filter(
    (text) => text !== '',
  )
  return {
    ingressClass: option('ingressclass'),
    namespace: namespaces.length === 1 ? namespaces[0] : undefined,
    strictPrefix: isTrue(option('strictprefixmatching')),
    allowEmptyServices: isTrue(option('allowemptyservices')),
    allowExternalName: isTrue(option('allowexternalnameservices')),
    status:
      service !== ''
        ? { kind: 'service', service, read: publishedAddresses }
        : fixed.length > 0
          ? { kind: 'addresses', addresses: () => fixed }
          : { kind: 'none' },
  }
}

type Read = NonNullable<Extract<StatusSource, { kind: 'service' }>['read']>

/** Of a ClusterIP or NodePort Service only external addresses. @returns undefined while there is nothing to copy */
const publishedAddresses: Read = (service) => {
  if (service === undefined) return undefined
  const { type, externalIPs = [], externalName = '' } = service.spec
  if (type === 'ExternalName') return [{ hostname: externalName }]
  if (type !== 'LoadBalancer') return externalIPs.length === 0 ? undefined : externalIPs.map((ip) => ({ ip }))
  return service.status?.loadBalancer?.ingress?.map(({ ip = '', hostname = '' }) => (ip === '' ? { hostname } : { ip }))
}

const V1_HARMLESS =
  /^(?:loglevel|debug|accesslog|traefiklog|metrics|insecureskipverify|kubernetes\.endpoint|kubernetes\.token|checknewversion|sendanonymoususage|graceTimeOut|api\.dashboard|retry\.)/i

export function readSettingsV1(argv: readonly string[]): TraefikSettings {
  const options = optionsOf(argv)
  const notes: string[] = []
  const trust = { insecure: true, trusted: [] }
  const given = argv.flatMap((word) => /^--?entrypoints=(.*)$/is.exec(word)?.[1] ?? [])
  const points = given.map((text) => entryPointV1(text.replace(/^(["'])(.*)\1$/s, '$2'), notes))
  const api = options.has('api') || options.has('web')
  const ping = options.has('ping')
  const known: readonly EntryPointV1[] = points.length === 0 ? [{ name: 'http', port: 80 }] : points
  for (const name of options.keys()) {
    const isOurs = /^(?:api|web|ping|entrypoints|defaultentrypoints|kubernetes)(?:\.|$)/.test(name)
    if (!isOurs && !V1_HARMLESS.test(name)) notes.push(`traefik option --${name} is not simulated`)
  }
  const defaults = options.get('defaultentrypoints')?.split(',')
  const ports = new Map(known.map(({ name, port }) => [name, port]))
  const entryPoints = known.map(({ name, port, tls = false, redirectTo = '' }) => {
    const redirect = redirectTo === '' ? undefined : redirectV1(ports.get(redirectTo))
    return { name, port, tls, plain: !tls, redirect, trust, api: false, ping: false }
  })
  if (api || ping) {
    const always = { tls: false, plain: true, redirect: undefined }
    entryPoints.push({ name: 'traefik', port: 8080, trust, ...always, api, ping })
  }
  return { entryPoints, defaultEntryPoints: defaults, provider: providerOf(options, 'kubernetes'), notes }
}

/** Source: v1.7 middlewares/redirect/redirect.go: 302 (307 for other methods than GET). */
function redirectV1(port: number | undefined): EntryPointRedirect {
  return { scheme: 'https', port: port === undefined || port === 443 ? '' : String(port), permanent: false }
}

interface EntryPointV1 {
  readonly name: string
  readonly port: number
  readonly tls?: boolean
  readonly redirectTo?: string
}

const ENTRY_POINT_V1: ReadonlySet<string> = new Set(['name', 'address', 'tls', 'redirect.entrypoint'])

/** `Name:http Address::80 Redirect.EntryPoint:https` */
function entryPointV1(text: string, notes: string[]): EntryPointV1 {
  const parts = new Map(
    text.split(/\s+/).map((part) => {
      const [name = '', ...value] = part.split(':')
      return [name.toLowerCase(), value.join(':')] as const
    }),
  )
  const name = parts.get('name') ?? ''
  for (const option of parts.keys()) {
    if (!ENTRY_POINT_V1.has(option)) notes.push(`entry point option ${option} is not simulated`)
  }
  const port = Number(/:(\d+)$/.exec(parts.get('address') ?? '')?.[1] ?? 80)
  return { name, port, tls: parts.has('tls'), redirectTo: parts.get('redirect.entrypoint') ?? '' }
}
