// kube-proxy under one set of flags: the rulesets that follow from them, and which were written when. Usually all nodes share one;
// while somebody restarts kube-proxy pod by pod with a changed configuration, there are two.

import type { Microseconds } from '@podwire/engine'
import type { IpFamily } from '../dataplane/packet.ts'
import { Ruleset } from '../iptables/ruleset.ts'
import type { ServiceInput } from '../services/service-inputs.ts'
import { SyncHistory } from './history.ts'
import type { ResolvedOptions } from './options.ts'

type Changes = ReadonlyMap<string, ServiceInput | undefined>

export class ProxyProfile {
  readonly options: ResolvedOptions
  /** Equal flags, equal keys. */
  readonly key: string
  readonly history = new SyncHistory()
  #rulesets: ReadonlyMap<IpFamily, Ruleset>

  constructor(options: ResolvedOptions) {
    this.options = options
    this.key = profileKey(options)
    this.#rulesets = new Map([...options.families].map(([family, resolved]) => [family, Ruleset.empty(resolved)]))
  }

  /** The newest. */
  get rulesets(): ReadonlyMap<IpFamily, Ruleset> {
    return this.#rulesets
  }

  /** @param udpGeneration how many changes so far touched UDP endpoints */
  request(changes: Changes, udpGeneration: number, nowUs: Microseconds): void {
    this.#rulesets = new Map([...this.#rulesets].map(([family, ruleset]) => [family, ruleset.with(changes)]))
    const { options } = this
    this.history.request({ rulesets: this.#rulesets, udpGeneration, options, changed: new Set(changes.keys()) }, nowUs)
  }
}

const keys = new WeakMap<ResolvedOptions, string>()

export function profileKey(options: ResolvedOptions): string {
  let key = keys.get(options)
  if (key === undefined) {
    key = JSON.stringify(options, (_key, value: unknown) => (value instanceof Map ? [...value] : value))
    keys.set(options, key)
  }
  return key
}
