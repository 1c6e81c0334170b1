// Fields, elements and values of maps, and of what is optional. Source: cel-go interpreter/attributes.go (refQualify),
// common/types/list.go, map.go.

import { CelError, isList, isMap, keyOf, NO_OVERLOAD, Optional, type Value } from './values.ts'

export function field(holder: Value, name: string): Value {
  if (holder instanceof Optional)
    return insideOptional(holder, (value) => (isThere(value, name) === true ? field(value, name) : undefined))
  if (isList(holder)) return new CelError("unsupported index type 'string' in list")
  if (!isMap(holder)) return new CelError(`no such key: ${name}`)
  return holder.get(name) ?? missing(holder.has(name), `no such key: ${name}`)
}

/** A field may be null. */
function missing(isNull: boolean, problem: string): Value {
  return isNull ? null : new CelError(problem)
}

export function isThere(holder: Value, name: string): Value {
  const value = holder instanceof Optional ? holder.value : holder
  if (value === undefined) return false
  return isMap(value) ? value.has(name) : NO_OVERLOAD
}

export function at(holder: Value, key: Value, optional: boolean): Value {
  if (holder instanceof Optional) return insideOptional(holder, (value) => presentAt(value, key))
  if (!optional) return elementAt(holder, key)
  const found = presentAt(holder, key)
  return found === undefined ? Optional.none : found instanceof CelError ? found : new Optional(found)
}

function insideOptional({ value }: Optional, read: (value: Value) => Value | undefined): Value {
  const found = value === undefined ? undefined : read(value)
  if (found === undefined) return Optional.none
  return found instanceof CelError ? found : new Optional(found)
}

/** undefined: nothing is there. */
function presentAt(holder: Value, key: Value): Value | undefined {
  const plain = keyOf(key)
  if (isMap(holder)) return plain === undefined ? undefined : holder.get(plain)
  if (!isList(holder)) return NO_OVERLOAD
  return typeof plain === 'bigint' && plain >= 0n && plain < BigInt(holder.length) ? holder[Number(plain)] : undefined
}

function elementAt(holder: Value, key: Value): Value {
  const plain = keyOf(key)
  if (isMap(holder)) {
    if (plain === undefined) return NO_OVERLOAD
    return holder.get(plain) ?? missing(holder.has(plain), `no such key: ${String(plain)}`)
  }
  if (!isList(holder)) return new CelError(`no such key: ${String(plain)}`)
  if (typeof plain !== 'bigint') return new CelError(`unsupported index type '${typeof plain}' in list`)
  const found = plain >= 0n ? holder[Number(plain)] : undefined
  return found === undefined ? new CelError(`index out of bounds: ${plain}`) : found
}
