// A JSON patch's `test` compares what was written, not what it means: 1.0 is not 1, and "<" is not the "\u003c" that Go writes.
// So the text of a value is held against what the server would write. Source: evanphx/json-patch v4 (patch.go, lazyNode.equal).

import { goJson } from '../objects/go-json.ts'

function endOfString(text: string, start: number): number {
  let i = start + 1
  while (i < text.length && text.charAt(i) !== '"') i += text.charAt(i) === '\\' ? 2 : 1
  return i + 1
}

/** Where the value ends that begins at `start`. The text is known to be JSON. */
function endOf(text: string, start: number): number {
  const first = text.charAt(start)
  if (first === '"') return endOfString(text, start)
  let i = start
  if (first !== '{' && first !== '[') {
    while (i < text.length && !/[\s,\]}]/.test(text.charAt(i))) i++
    return i
  }
  for (let depth = 0; i < text.length;) {
    const char = text.charAt(i)
    if (char === '{' || char === '[') depth++
    else if ((char === '}' || char === ']') && --depth === 0) return i + 1
    i = char === '"' ? endOfString(text, i) : i + 1
  }
  return i
}

/** The texts of what stands between two brackets; of a map its keys, too. */
function parts(text: string): readonly string[] {
  const found: string[] = []
  let at = 1
  for (;;) {
    while (/[\s,:]/.test(text.charAt(at))) at++
    if (at >= text.length || text.charAt(at) === '}' || text.charAt(at) === ']') return found
    const end = endOf(text, at)
    found.push(text.slice(at, end))
    at = end
  }
}

function members(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const all = parts(text)
  // A key is a string, which JSON.parse reads as one.
  for (let i = 0; i + 1 < all.length; i += 2) found.set(JSON.parse(all[i] ?? '') as string, all[i + 1] ?? '')
  return found
}

/** The `value` of each operation as it was written; undefined where there is none. */
export function operationValues(text: string): readonly (string | undefined)[] {
  return parts(text.trim()).map((operation) => members(operation).get('value'))
}

/** Whether Go would write a value as it is written here, whatever the order of keys. */
export function isWrittenAs(value: unknown, text: string): boolean {
  if (Array.isArray(value)) {
    const items = text.startsWith('[') ? parts(text) : undefined
    return items?.length === value.length && items.every((item, index) => isWrittenAs(value[index], item))
  }
  if (typeof value === 'object' && value !== null) {
    if (!text.startsWith('{')) return false
    const sent = members(text)
    const fields = Object.entries(value)
    return sent.size === fields.length && fields.every(([key, field]) => isWrittenAs(field, sent.get(key) ?? ''))
  }
  return goJson(value) === text
}
