// Which Services select a pod, without asking every Service: they are filed under namespace and one pair of their selector.

import { compareText } from '@podwire/engine'
import { matchesLabels, objectKey, type Service } from '@podwire/apiserver'

interface Entry {
  readonly bucket: string
  readonly selector: Readonly<Record<string, string>>
}

/** Services whose pods a controller looks for: not ExternalName, and with a selector. */
export function selectsPods(service: Service): boolean {
  return service.spec.type !== 'ExternalName' && Object.keys(service.spec.selector ?? {}).length > 0
}

const NONE: readonly string[] = []

export class SelectorIndex {
  readonly #entries = new Map<string, Entry>()
  readonly #buckets = new Map<string, Set<string>>()
  /** Answers by labels: the versions of a pod that do not change them share one object. New when Services change. */
  #answers = new WeakMap<object, { readonly namespace: string; readonly keys: readonly string[] }>()

  set(service: Service): void {
    const key = objectKey(service)
    this.delete(key)
    this.#answers = new WeakMap()
    if (!selectsPods(service)) return
    const selector = service.spec.selector ?? {}
    const [name, value] = Object.entries(selector).sort(([a], [b]) => compareText(a, b))[0] ?? ['', '']
    const bucket = bucketOf(service.metadata.namespace ?? '', name, value)
    this.#entries.set(key, { bucket, selector })
    const filed = this.#buckets.get(bucket)
    if (filed === undefined) this.#buckets.set(bucket, new Set([key]))
    else filed.add(key)
  }

  delete(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#entries.delete(key)
    this.#answers = new WeakMap()
    const filed = this.#buckets.get(entry.bucket)
    filed?.delete(key)
    if (filed?.size === 0) this.#buckets.delete(entry.bucket)
  }

  /** Keys of the Services in `namespace` whose selector fits `labels`. */
  matching(namespace: string, labels: Readonly<Record<string, string>> | undefined): readonly string[] {
    if (labels === undefined || this.#entries.size === 0) return NONE
    const known = this.#answers.get(labels)
    if (known?.namespace === namespace) return known.keys
    const keys: string[] = []
    for (const [name, value] of Object.entries(labels)) {
      for (const key of this.#buckets.get(bucketOf(namespace, name, value)) ?? NONE) {
        const entry = this.#entries.get(key)
        if (entry !== undefined && matchesLabels(entry.selector, labels)) keys.push(key)
      }
    }
    // Labels that may still be written to are no key.
    if (Object.isFrozen(labels)) this.#answers.set(labels, { namespace, keys })
    return keys
  }
}

function bucketOf(namespace: string, name: string, value: string): string {
  return `${namespace}/${name}=${value}`
}
