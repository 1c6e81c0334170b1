// Who claims what, where a thing may be claimed once: addresses, node ports, host ports. Kept change by change, so that what is contested
// is known without looking at all of it.

export class Claims {
  readonly #claimed = new Map<string, Set<string>>()
  readonly #owned = new Map<string, readonly string[]>()
  readonly #contested = new Set<string>()

  /** What an owner claims now, in place of what it did. */
  set(owner: string, values: readonly string[]): void {
    for (const value of this.#owned.get(owner) ?? []) this.#release(value, owner)
    if (values.length === 0) {
      this.#owned.delete(owner)
      return
    }
    this.#owned.set(owner, values)
    for (const value of values) {
      const owners = this.#claimed.get(value)
      if (owners === undefined) this.#claimed.set(value, new Set([owner]))
      else if (owners.add(owner).size > 1) this.#contested.add(value)
    }
  }

  has(value: string): boolean {
    return this.#claimed.has(value)
  }

  /** What more than one claims, and who. */
  contested(): readonly (readonly [value: string, owners: readonly string[]])[] {
    return [...this.#contested].map((value) => [value, [...(this.#claimed.get(value) ?? [])]] as const)
  }

  #release(value: string, owner: string): void {
    const owners = this.#claimed.get(value)
    if (owners === undefined) return
    owners.delete(owner)
    if (owners.size < 2) this.#contested.delete(value)
    if (owners.size === 0) this.#claimed.delete(value)
  }
}
