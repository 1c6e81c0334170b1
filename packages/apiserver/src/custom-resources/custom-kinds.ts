// Keeps the registry in step with the definitions in the store: what they define is served from the moment they are
// established until they are gone. A cluster without definitions never comes here.

import { compareText } from '@podwire/engine'
import type { CustomResourceDefinition } from '../objects/index.ts'
import { sameValue } from '../resources/compare.ts'
import type { Registry } from '../resources/registry.ts'
import type { Resource } from '../resources/resource.ts'
import { customResourceDefinitions } from '../resources/served-types.ts'
import type { StoreEvent } from '../store/history.ts'
import { typePrefix } from '../store/store-key.ts'
import { servedKindsOf } from './served-kind.ts'

const DEFINITIONS = typePrefix(customResourceDefinitions)

export class CustomKinds {
  readonly #registry: Registry
  /** What each definition serves, by its name. */
  readonly #served = new Map<string, Served>()

  constructor(registry: Registry) {
    this.#registry = registry
  }

  /** To be told of every write. */
  written({ key, type, object }: StoreEvent): void {
    if (!key.startsWith(DEFINITIONS)) return
    // The key's objects are of its type.
    const definition = object as CustomResourceDefinition
    const { name } = definition.metadata
    if (type === 'DELETED') {
      if (this.#served.delete(name)) this.#publish()
      return
    }
    const known = this.#served.get(name)
    if (known !== undefined && servesTheSame(known.definition, definition)) return
    this.#served.set(name, { definition, resources: servedKindsOf(definition) })
    this.#publish()
  }

  #publish(): void {
    const names = [...this.#served.keys()].sort(compareText)
    this.#registry.replaceCustom(names.flatMap((name) => this.#served.get(name)?.resources ?? []))
  }
}

interface Served {
  readonly definition: CustomResourceDefinition
  readonly resources: readonly Resource[]
}

/** Labels and the like change nothing about what is served. */
function servesTheSame(a: CustomResourceDefinition, b: CustomResourceDefinition): boolean {
  return (
    sameValue(a.spec, b.spec) &&
    sameValue(a.status?.acceptedNames, b.status?.acceptedNames) &&
    sameValue(a.status?.conditions, b.status?.conditions) &&
    a.metadata.deletionTimestamp === b.metadata.deletionTimestamp
  )
}
