// Lists and maps that were sent though nothing is in them. An object does without them, as on the real server's way out; while a
// request lasts the server tells them from those that were not sent: it prints empty labels as `{}` and absent ones as null, and
// where Go compares with reflect.DeepEqual the two differ.

import { sortedTexts } from '../validation/value-order.ts'

type Labels = Readonly<Record<string, string>>

const sentEmpty = new WeakSet<object>()

/** Structs of which it is remembered, each with the fields that count; undefined: all of them. */
const REMEMBERED: ReadonlyMap<string, string | undefined> = new Map([
  ['ObjectMeta', 'labels'],
  ['IngressSpec', 'rules'],
  ['LabelSelector', undefined],
  ['NetworkPolicySpec', undefined],
  ['NetworkPolicyIngressRule', undefined],
  ['NetworkPolicyEgressRule', undefined],
  ['IPBlock', undefined],
])

/** @param object as it was decoded, without the empty `field` */
export function noteSentEmpty(struct: string, field: string, object: object): void {
  if (!REMEMBERED.has(struct)) return
  const only = REMEMBERED.get(struct)
  if (only === undefined || only === field) sentEmpty.add(object)
}

/** Whether it, or anything in it, was sent with an empty list or map. */
export function holdsSentEmpty(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return sentEmpty.has(value) || Object.values(value).some(holdsSentEmpty)
}

/** What a message shows of a remembered list. */
export function printedList<T>(holder: object | undefined, list: readonly T[] | undefined): readonly T[] | null {
  if (list !== undefined) return list
  return holder !== undefined && sentEmpty.has(holder) ? [] : null
}

/** What a message shows of the labels of a template. */
export function printedLabels(metadata: { readonly labels?: Labels } | undefined): Labels | null {
  if (metadata?.labels !== undefined) return sortedTexts(metadata.labels)
  return metadata !== undefined && sentEmpty.has(metadata) ? {} : null
}
