// $setElementOrder: items the client listed come in the client's order; items only the server has keep their place among
// them. Source: apimachinery util/strategicpatch normalizeElementOrder, mergeSortedSlice.

/** @param mergeKey absent for lists of primitives */
export function applyElementOrder(
  items: readonly unknown[],
  before: readonly unknown[],
  order: readonly unknown[],
  mergeKey: string | undefined,
): unknown[] {
  const idOf = (item: unknown): unknown =>
    mergeKey === undefined || typeof item !== 'object' || item === null
      ? item
      : (item as Record<string, unknown>)[mergeKey]
  const wanted = order.map(idOf)
  const serverOrder = before.map(idOf)
  const listed = wanted.flatMap((id) => items.filter((item) => idOf(item) === id))
  const serverOnly = items.filter((item) => !wanted.includes(idOf(item)))
  const result: unknown[] = []
  let next = 0
  for (const item of listed) {
    const place = serverOrder.indexOf(idOf(item))
    // A server-only item goes before the first listed item that stood behind it.
    while (place >= 0 && next < serverOnly.length && serverOrder.indexOf(idOf(serverOnly[next])) < place) {
      result.push(serverOnly[next++])
    }
    result.push(item)
  }
  return [...result, ...serverOnly.slice(next)]
}
