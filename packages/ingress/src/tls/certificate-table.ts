// Which certificate a client is shown: by name, by alias, by a wildcard of one label, else the default one. Only hosts that changed,
// or whose Secrets did, are looked at again. A name counts as configured when any certificate was chosen for it, the default one
// too: that is what ssl-redirect asks. Source: ingress-nginx internal/ingress/controller/controller.go (createServers,
// extractTLSSecretName), nginx.go (configureCertificates), rootfs/etc/nginx/lua/certificate.lua.

import { DEFAULT_HOST, type IngressView, type RoutingTable, type ServerRoutes } from '../routing/index.ts'
import { hostProblem, isForAlias, isForHost } from './covered-names.ts'
import type { KeyPair } from './key-pair.ts'
import type { ControllerLog, SecretStore } from './secret-store.ts'

export interface CertificateTableOptions {
  readonly secrets: SecretStore
  /** `--default-ssl-certificate`, `namespace/name`; absent: the certificate the controller makes for itself. */
  readonly defaultSecret?: string | undefined
  /** Calendar time, milliseconds since 1970. */
  readonly nowMs: () => number
  readonly log: ControllerLog
}

/** 'default': the one every other name gets. */
type Choice = KeyPair | 'default'

/** ingress-nginx warns of what ends within ten days. */
const SOON_MS = 240 * 3_600_000

export class CertificateTable {
  readonly #options: CertificateTableOptions
  readonly #byHost = new Map<string, Choice>()
  readonly #byAlias = new Map<string, KeyPair>()
  /** Aliases a host's certificate covers. */
  readonly #aliasesOf = new Map<string, readonly string[]>()
  /** Hosts whose choice a Secret has part in, by `namespace/name`. */
  readonly #dependents = new Map<string, Set<string>>()
  readonly #secretsOf = new Map<string, readonly string[]>()
  readonly #dirty = new Set<string>()

  constructor(options: CertificateTableOptions) {
    this.#options = options
    if (options.defaultSecret !== undefined) options.secrets.referenced(options.defaultSecret)
  }

  /** @returns whether anybody here has to do with the Secret */
  secretChanged(key: string, isGone: boolean): boolean {
    const dependents = this.#dependents.get(key)
    if (dependents === undefined && key !== this.#options.defaultSecret) return false
    this.#options.secrets.changed(key, isGone)
    for (const host of dependents ?? []) this.#dirty.add(host)
    return true
  }

  /** Takes in new routes, and Secrets that changed. @param hosts whose routes were built again */
  commit(table: RoutingTable, hosts: readonly string[]): void {
    const changed = new Set([...hosts, ...this.#dirty])
    this.#dirty.clear()
    for (const host of changed) {
      this.#forget(host)
      // A server of its own takes the name from whose alias it was.
      this.#byAlias.delete(host)
      const server = table.server(host)
      if (server === undefined || host === DEFAULT_HOST) continue
      const choice = this.#choose(server)
      if (choice === undefined) continue
      this.#byHost.set(host, choice)
      if (choice === 'default') continue
      const aliases = server.aliases.filter(
        (alias) => isForAlias(choice.leaf, alias) && table.server(alias) === undefined,
      )
      this.#aliasesOf.set(host, aliases)
      for (const alias of aliases) this.#byAlias.set(alias, choice)
    }
  }

  /** @param serverName SNI; '' for none. @returns undefined: the controller's own */
  forName(serverName: string): KeyPair | undefined {
    const choice = this.#find(serverName) ?? 'default'
    return choice === 'default' ? this.#default() : choice
  }

  /** @param host without port */
  isConfigured(host: string): boolean {
    return this.#find(host) !== undefined
  }

  #find(name: string): Choice | undefined {
    const host = name.replace(/\.$/, '').toLowerCase()
    const star = host.replace(/^[^.]+\./, '*.')
    return this.#byHost.get(host) ?? this.#byAlias.get(host) ?? this.#byHost.get(star) ?? this.#byAlias.get(star)
  }

  #default(): KeyPair | undefined {
    const { defaultSecret, secrets } = this.#options
    return defaultSecret === undefined ? undefined : secrets.get(defaultSecret)?.pair
  }

  /** The oldest Ingress with a TLS section decides, whatever comes of it. */
  #choose(server: ServerRoutes): Choice | undefined {
    const { host, tlsOwner } = server
    const { secrets, log } = this.#options
    if (tlsOwner === undefined) return undefined
    const key = this.#secretFor(tlsOwner, host)
    if (key === undefined) return 'default'
    const stored = secrets.get(key)
    if (stored === undefined) {
      const why = `local SSL certificate ${key} was not found`
      log('W', 'controller.go:1468', `Error getting SSL certificate "${key}": ${why}. Using default certificate`)
      return 'default'
    }
    const { pair } = stored
    if (pair === undefined) {
      log(
        'W',
        'controller.go:1474',
        `SSL certificate "${key}" does not contain a valid SSL certificate for server "${host}"`,
      )
      log('W', 'controller.go:1475', 'Using default certificate')
      return 'default'
    }
    const problem = hostProblem(pair.leaf, host)
    if (problem !== undefined && !this.#passesAllTheSame(pair, key, host, problem)) return 'default'
    this.#warnOfEnd(pair, host)
    return pair
  }

  #passesAllTheSame({ leaf }: KeyPair, key: string, host: string, problem: string): boolean {
    const { log } = this.#options
    log(
      'W',
      'controller.go:1482',
      `Unexpected error validating SSL certificate "${key}" for server "${host}": ${problem}`,
    )
    const future = 'Validating certificate against DNS names. This will be deprecated in a future version'
    log('W', 'controller.go:1483', future)
    if (isForHost(leaf, host)) return true
    const nowhere = `SSL certificate "${key}" does not contain a Common Name or Subject Alternative Name for server "${host}"`
    log('W', 'controller.go:1488', `${nowhere}: ${problem}`)
    log('W', 'controller.go:1489', 'Using default certificate')
    return false
  }

  #warnOfEnd({ leaf }: KeyPair, host: string): void {
    const leftMs = Date.parse(leaf.validTo) - this.#options.nowMs()
    const end = new Date(leaf.validTo).toISOString().replace(/T(.*)\.000Z$/, ' $1 +0000 UTC')
    if (leftMs < 0)
      this.#options.log('W', 'controller.go:1499', `SSL certificate for server "${host}" expired (${end})`)
    else if (leftMs < SOON_MS) {
      this.#options.log('W', 'controller.go:1501', `SSL certificate for server "${host}" is about to expire (${end})`)
    }
  }

  /** The Secret of the section that names the host; else of the first whose certificate is for it. */
  #secretFor({ namespace, tls }: IngressView, host: string): string | undefined {
    const { secrets, log } = this.#options
    const section = tls.find(({ hosts }) => hosts.includes(host))
    const candidates = (section === undefined ? tls : [section]).filter(({ secretName }) => secretName !== '')
    const keys = candidates.map(({ secretName }) => `${namespace}/${secretName}`)
    this.#depend(host, keys)
    if (section !== undefined) return keys[0]
    return keys.find((key) => {
      const stored = secrets.get(key)
      if (stored === undefined) {
        const why = `local SSL certificate ${key} was not found`
        log('W', 'controller.go:1747', `Error getting SSL certificate "${key}": ${why}`)
      }
      return stored?.pair !== undefined && hostProblem(stored.pair.leaf, host) === undefined
    })
  }

  #depend(host: string, keys: readonly string[]): void {
    this.#secretsOf.set(host, keys)
    for (const key of keys) {
      this.#options.secrets.referenced(key)
      const hosts = this.#dependents.get(key)
      if (hosts === undefined) this.#dependents.set(key, new Set([host]))
      else hosts.add(host)
    }
  }

  #forget(host: string): void {
    this.#byHost.delete(host)
    for (const alias of this.#aliasesOf.get(host) ?? []) this.#byAlias.delete(alias)
    this.#aliasesOf.delete(host)
    for (const key of this.#secretsOf.get(host) ?? []) {
      const hosts = this.#dependents.get(key)
      hosts?.delete(host)
      if (hosts?.size === 0) this.#dependents.delete(key)
    }
    this.#secretsOf.delete(host)
  }
}
