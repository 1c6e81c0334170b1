// Conditions of stored objects are looked up at every write and sync.

/** The condition of a type: by a loop, for V8's methods of arrays are slow on frozen ones (docs/decisions.md). */
export function conditionOf<Condition extends { readonly type: string }>(
  conditions: readonly Condition[] | undefined,
  type: string,
): Condition | undefined {
  if (conditions !== undefined) for (const condition of conditions) if (condition.type === type) return condition
  return undefined
}
