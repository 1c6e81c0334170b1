// The addresses ipvs mode puts on kube-ipvs0 of each node. They are brought up to the rules when a sync has settled: until then a
// service address that is new answers connections (its virtual server is there), but no ping yet.

import { boundAddresses } from '../ipvs/service-sets.ts'
import type { NodeView } from './node-view.ts'
import { SyncedRules } from './synced-rules.ts'

export interface AddressBinder {
  add(nodeName: string, address: string): void
  remove(nodeName: string, address: string): void
}

export class BoundAddresses {
  readonly #binder: AddressBinder
  readonly #bound = new Map<string, ReadonlySet<string>>()
  /** What those addresses follow from. */
  readonly #basis = new Map<string, readonly unknown[]>()

  constructor(binder: AddressBinder) {
    this.#binder = binder
  }

  update(views: Iterable<NodeView>): void {
    for (const view of views) {
      const { nodeName } = view
      const basis = basisOf(view)
      const known = this.#basis.get(nodeName)
      // Endpoints come and go without an address coming or going.
      if (known?.length === basis.length && basis.every((part, i) => part === known[i])) continue
      this.#basis.set(nodeName, basis)
      const before = this.#bound.get(nodeName)
      const wanted = wantedOn(view)
      if (before === undefined && wanted.size === 0) continue
      for (const address of before ?? []) if (!wanted.has(address)) this.#binder.remove(nodeName, address)
      for (const address of wanted) if (before?.has(address) !== true) this.#binder.add(nodeName, address)
      this.#bound.set(nodeName, wanted)
    }
  }
}

/** The node and its service ports; the same objects as long as nothing about them changes. */
function basisOf(view: NodeView): readonly unknown[] {
  const rules = view.rules()
  if (!(rules instanceof SyncedRules) || rules.mode !== 'ipvs') return []
  return [rules.node, ...[...rules.sync.rulesets.values()].map(({ index }) => index)]
}

function wantedOn(view: NodeView): ReadonlySet<string> {
  const rules = view.rules()
  if (!(rules instanceof SyncedRules) || rules.mode !== 'ipvs') return new Set()
  return new Set([...rules.sync.rulesets.values()].flatMap((ruleset) => [...boundAddresses(ruleset, rules.node)]))
}
