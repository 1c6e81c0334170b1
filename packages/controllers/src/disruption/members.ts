// Which pods each budget selects, kept up to date pod by pod: no sync walks the pods of a namespace.

import { matchesLabelSelector, objectKey, type Pod, type PodDisruptionBudget } from '@podwire/apiserver'
import { semanticEqual } from '../objects/semantic-equal.ts'

interface Entry {
  readonly budget: PodDisruptionBudget
  readonly pods: Map<string, Pod>
}

function selects(budget: PodDisruptionBudget, pod: Pod): boolean {
  // No selector selects nothing, an empty one everything.
  const { selector } = budget.spec
  return selector !== undefined && matchesLabelSelector(selector, pod.metadata.labels ?? {})
}

export class BudgetMembers {
  readonly #byNamespace = new Map<string, Map<string, Entry>>()

  podsOf(budget: PodDisruptionBudget): readonly Pod[] {
    return [...(this.#entries(budget).get(objectKey(budget))?.pods.values() ?? [])]
  }

  /** @param podsInNamespace looked at only when the selector is new */
  setBudget(budget: PodDisruptionBudget, podsInNamespace: () => readonly Pod[]): void {
    const entries = this.#entries(budget)
    const key = objectKey(budget)
    const known = entries.get(key)
    if (known !== undefined && semanticEqual(known.budget.spec.selector, budget.spec.selector)) {
      entries.set(key, { budget, pods: known.pods })
      return
    }
    const pods = new Map<string, Pod>()
    for (const pod of podsInNamespace()) if (selects(budget, pod)) pods.set(objectKey(pod), pod)
    entries.set(key, { budget, pods })
  }

  removeBudget(budget: PodDisruptionBudget): void {
    this.#entries(budget).delete(objectKey(budget))
  }

  /**
   * Returns the keys of the budgets the change concerns: those that select the pod as it is now. One that loses it by other
   * labels is not among them, and goes on as it was until something else happens to it.
   */
  setPod(pod: Pod, isGone: boolean): readonly string[] {
    const concerned: string[] = []
    for (const [key, { budget, pods }] of this.#entries(pod)) {
      const podKey = objectKey(pod)
      const fits = !isGone && selects(budget, pod)
      const had = fits ? pods.has(podKey) : pods.delete(podKey)
      if (fits) pods.set(podKey, pod)
      if (fits || (isGone && had)) concerned.push(key)
    }
    return concerned
  }

  #entries({ metadata }: Pod | PodDisruptionBudget): Map<string, Entry> {
    const namespace = metadata.namespace ?? ''
    const known = this.#byNamespace.get(namespace)
    if (known !== undefined) return known
    const entries = new Map<string, Entry>()
    this.#byNamespace.set(namespace, entries)
    return entries
  }
}
