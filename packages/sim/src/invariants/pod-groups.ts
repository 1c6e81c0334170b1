// Pods by what they belong to (a node, an owner), kept change by change: who asks for one group does not walk all pods.

import { pods, type Pod } from '@podwire/apiserver'
import type { ObjectChanges } from './object-changes.ts'

export class PodGroups {
  readonly #groupOf: (pod: Pod) => string | undefined
  readonly #groups = new Map<string, Map<string, Pod>>()
  readonly #placed = new Map<string, string>()

  /** @param groupOf undefined: it belongs nowhere */
  constructor(groupOf: (pod: Pod) => string | undefined) {
    this.#groupOf = groupOf
  }

  /** Takes the changes in. @returns the groups that changed */
  follow(changes: ObjectChanges): Set<string> {
    const touched = new Set<string>()
    for (const { key, object } of changes.of(pods)) {
      const before = this.#placed.get(key)
      const now = object === undefined ? undefined : this.#groupOf(object)
      if (before !== undefined) touched.add(before)
      if (before !== undefined && before !== now) this.#leave(key, before)
      if (now === undefined || object === undefined) continue
      touched.add(now)
      this.#placed.set(key, now)
      const group = this.#groups.get(now)
      if (group === undefined) this.#groups.set(now, new Map([[key, object]]))
      else group.set(key, object)
    }
    return touched
  }

  of(group: string): readonly Pod[] {
    return [...(this.#groups.get(group)?.values() ?? [])]
  }

  #leave(key: string, name: string): void {
    this.#placed.delete(key)
    const group = this.#groups.get(name)
    group?.delete(key)
    if (group?.size === 0) this.#groups.delete(name)
  }
}
