// Lists and maps that were sent though nothing is in them. An object does without them, as on the real server's way out; while a
// request lasts the server tells them from what was not sent: it prints `[]` or `{}` for the ones and null for the others, and
// some fields must not even be sent empty. Where Go compares with reflect.DeepEqual the two differ.

import { sortedTexts } from '../validation/value-order.ts'

type Labels = Readonly<Record<string, string>>

const sent = new WeakMap<object, ReadonlyMap<string, unknown>>()

/** @param holder as it was decoded; `value` is `[]` or `{}` */
export function noteEmpty(holder: object, field: string, value: unknown): void {
  sent.set(holder, new Map(sent.get(holder)).set(field, value))
}

/** The `[]` or `{}` that was sent in a field which is absent; undefined when nothing was. */
export function sentEmpty(holder: object, field: string): unknown {
  return sent.get(holder)?.get(field)
}

/** Whether it, or anything in it, was sent with an empty list or map. */
export function holdsSentEmpty(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const fields = [...(sent.get(value)?.keys() ?? [])]
  // A default may have taken the place of what was sent.
  return fields.some((field) => !Object.hasOwn(value, field)) || Object.values(value).some(holdsSentEmpty)
}

/** What a message shows of a list that may be absent. */
export function printedList<Field extends string, T>(
  holder: { readonly [Key in Field]?: readonly T[] | undefined },
  field: Field,
): readonly T[] | null {
  return holder[field] ?? (sentEmpty(holder, field) === undefined ? null : [])
}

/** A changed copy of what was sent: what is noted of the one holds for the other, but for fields that are not its own. */
export function withNotesOf<Copy extends object>(holder: object, copy: Copy, except: readonly string[] = []): Copy {
  const notes = sent.get(holder)
  if (notes !== undefined) sent.set(copy, new Map([...notes].filter(([field]) => !except.includes(field))))
  return copy
}

/** The same for a copy of all of it. */
export function withAllNotesOf<Copy>(original: unknown, copy: Copy): Copy {
  if (typeof original !== 'object' || original === null || typeof copy !== 'object' || copy === null) return copy
  const inner: Readonly<Record<string, unknown>> = { ...original }
  for (const [key, value] of Object.entries(copy)) withAllNotesOf(inner[key], value)
  return withNotesOf(original, copy)
}

/** What a message shows of the labels of a template. */
export function printedLabels(metadata: { readonly labels?: Labels } | undefined): Labels | null {
  if (metadata?.labels !== undefined) return sortedTexts(metadata.labels)
  return metadata !== undefined && sentEmpty(metadata, 'labels') !== undefined ? {} : null
}
