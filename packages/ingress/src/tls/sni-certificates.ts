// The certificates of traefik and haproxy: those of all Secrets their Ingresses name in spec.tls, found by the names they are for,
// whichever Ingress named them. A name of its own counts before a wildcard of one label. What is no good is complained of at each
// sync that meets it, and not used. Source: traefik pkg/tls/certificate_store.go (GetBestCertificate), pkg/tls/certificate.go
// (AppendCertificate: the common name counts too); HAProxy src/ssl_sock.c (names of a crt-list), haproxytech pkg/haproxy/certs.

import { objectKey, type Ingress, type Secret } from '@podwire/apiserver'
import { certifiedNames } from './covered-names.ts'
import { type KeyPair, readTlsSecret } from './key-pair.ts'

export interface SniOptions {
  readonly find: (namespace: string, name: string) => Secret | undefined
  /** @param secret `namespace/name` */
  readonly complain: (secret: string, problem: 'missing' | 'incomplete' | 'broken', ingress: string) => void
  /** Counted as if an Ingress named it. */
  readonly defaultSecret?: string | undefined
}

export class SniCertificates {
  readonly #options: SniOptions
  /** Secrets by Ingress, and the other way round. */
  readonly #secretsOf = new Map<string, readonly string[]>()
  readonly #users = new Map<string, Set<string>>()
  readonly #pairs = new Map<string, KeyPair>()
  readonly #unread = new Set<string>()
  #byName = new Map<string, KeyPair>()

  constructor(options: SniOptions) {
    this.#options = options
    if (options.defaultSecret !== undefined) this.#name('', [options.defaultSecret])
  }

  /** What is to be served from the next commit on. */
  put(ingress: Ingress): void {
    const { namespace = '' } = ingress.metadata
    const names = (ingress.spec.tls ?? []).map(({ secretName = '' }) => secretName).filter((name) => name !== '')
    this.#name(objectKey(ingress), [...new Set(names.map((name) => `${namespace}/${name}`))])
  }

  remove(key: string): void {
    for (const secret of this.#secretsOf.get(key) ?? []) {
      const users = this.#users.get(secret)
      users?.delete(key)
      if (users?.size === 0) this.#users.delete(secret)
      this.#unread.add(secret)
    }
    this.#secretsOf.delete(key)
  }

  /** @returns whether an Ingress names it */
  secretChanged(secret: Secret): boolean {
    const key = objectKey(secret)
    if (!this.#users.has(key)) return false
    this.#unread.add(key)
    return true
  }

  /** @returns whether what is served has changed */
  commit(): boolean {
    if (this.#unread.size === 0) return false
    let changed = false
    for (const key of this.#unread) {
      const pair = this.#users.has(key) ? this.#read(key) : undefined
      const known = this.#pairs.get(key)
      if (known?.certificate === pair?.certificate && known?.key === pair?.key) continue
      changed = true
      if (pair === undefined) this.#pairs.delete(key)
      else this.#pairs.set(key, pair)
    }
    this.#unread.clear()
    if (changed) this.#sort()
    return changed
  }

  /** By the order of their Secrets' names. */
  get pairs(): readonly KeyPair[] {
    return [...this.#pairs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, pair]) => pair)
  }

  /** @param serverName SNI; '' for none. @returns undefined: none is for this name */
  forName(serverName: string): KeyPair | undefined {
    const name = serverName.replace(/\.$/, '').toLowerCase()
    return this.#byName.get(name) ?? this.#byName.get(name.replace(/^[^.]+\./, '*.'))
  }

  /** The one that was given for every other name. */
  get given(): KeyPair | undefined {
    const { defaultSecret } = this.#options
    return defaultSecret === undefined ? undefined : this.#pairs.get(defaultSecret)
  }

  #name(ingress: string, secrets: readonly string[]): void {
    this.remove(ingress)
    this.#secretsOf.set(ingress, secrets)
    for (const secret of secrets) {
      const users = this.#users.get(secret)
      if (users === undefined) this.#users.set(secret, new Set([ingress]))
      else users.add(ingress)
      this.#unread.add(secret)
    }
  }

  #read(key: string): KeyPair | undefined {
    const [namespace = '', name = ''] = key.split('/')
    const secret = this.#options.find(namespace, name)
    const { data = {} } = secret ?? {}
    const isComplete = (data['tls.crt'] ?? '') !== '' && (data['tls.key'] ?? '') !== ''
    const read = secret === undefined || !isComplete ? undefined : readTlsSecret(secret)
    if (read?.kind === 'pair') return read.pair
    const [ingress = ''] = this.#users.get(key) ?? []
    this.#options.complain(key, secret === undefined ? 'missing' : isComplete ? 'broken' : 'incomplete', ingress)
    return undefined
  }

  #sort(): void {
    this.#byName = new Map()
    for (const pair of this.pairs) {
      for (const name of certifiedNames(pair.leaf)) if (!this.#byName.has(name)) this.#byName.set(name, pair)
    }
  }
}
