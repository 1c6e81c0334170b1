// The certificates of Secrets, as the controller keeps them: read when an Ingress names them, replaced when the Secret changes, gone
// when it goes. A Secret that changed for the worse is complained of, and what was good before stays in use.
// Source: ingress-nginx internal/ingress/controller/store/{backend_ssl,local_secret,store}.go.

import type { Secret } from '@podwire/apiserver'
import { readTlsSecret, type KeyPair } from './key-pair.ts'

/** Logs as klog does; `place` is file and line of the real one's source. */
export type ControllerLog = (severity: 'I' | 'W', place: string, message: string) => void

export interface StoredSecret {
  /** Undefined: authorities alone. */
  readonly pair: KeyPair | undefined
}

export class SecretStore {
  readonly #find: (namespace: string, name: string) => Secret | undefined
  readonly #log: ControllerLog
  readonly #stored = new Map<string, StoredSecret>()
  /** To be read again when somebody asks. */
  readonly #unread = new Set<string>()

  constructor(find: (namespace: string, name: string) => Secret | undefined, log: ControllerLog) {
    this.#find = find
    this.#log = log
  }

  /** The Secret came, changed or went. */
  changed(key: string, isGone: boolean): void {
    if (isGone) this.#stored.delete(key)
    this.#unread.add(key)
  }

  /** An Ingress names it anew. */
  referenced(key: string): void {
    if (!this.#stored.has(key)) this.#unread.add(key)
  }

  /** @param key `namespace/name` */
  get(key: string): StoredSecret | undefined {
    if (this.#unread.delete(key)) this.#read(key)
    return this.#stored.get(key)
  }

  #read(key: string): void {
    const [namespace = '', name = ''] = key.split('/')
    const secret = this.#find(namespace, name)
    if (secret === undefined) {
      return this.#complain(`no object matching key "${key}" in local store`)
    }
    const read = readTlsSecret(secret)
    if (read.kind === 'passwords') return undefined
    if (read.kind === 'broken') return this.#complain(read.problem)
    const pair = read.kind === 'pair' ? read.pair : undefined
    const known = this.#stored.get(key)
    if (known !== undefined && isSame(known.pair, pair)) return undefined
    const what = known === undefined ? 'Adding secret to local store' : 'Updating secret in local store'
    this.#log('I', known === undefined ? 'backend_ssl.go:67' : 'backend_ssl.go:59', `"${what}" name="${key}"`)
    this.#stored.set(key, { pair })
    return undefined
  }

  #complain(problem: string): void {
    this.#log('W', 'backend_ssl.go:47', `Error obtaining X.509 certificate: ${problem}`)
  }
}

function isSame(a: KeyPair | undefined, b: KeyPair | undefined): boolean {
  return a?.certificate === b?.certificate && a?.key === b?.key
}
