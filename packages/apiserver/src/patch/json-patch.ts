// JSON Patch, RFC 6902, with the liberties of the server's library: `replace` of a missing map key adds it, `copy` from one
// copies null, `test` for null holds for one, negative indices count from the end, and what stands before the first slash of
// a path is ignored. Source: evanphx/json-patch (v4, patch.go), apiserver endpoints/handlers/patch.go (limits).

import { setKey } from '../decode/index.ts'
import { equalJson } from '../managed-fields/equal.ts'
import { badRequest } from '../status/errors.ts'
import { StatusError } from '../status/status-error.ts'
import { mutableCopy } from '../store/share.ts'
import type { PatchTrace } from './patch-trace.ts'
import { isWrittenAs, operationValues } from './raw-json.ts'
import { rejectedPatch } from './rejected-patch.ts'
import { jsonText } from '../objects/json-text.ts'

const MAX_OPERATIONS = 10_000
/** What all copies of one patch may add up to, as JSON text. */
const MAX_COPIED_BYTES = 3 * 1024 * 1024

type Container = Record<string, unknown> | unknown[]

/**
 * Changes `target` in place and returns what became of it. Operations before a failing one have been applied.
 * @param text the patch as it was written, which is what `test` goes by
 */
export function jsonPatch(target: object, patch: unknown, trace?: PatchTrace, text?: string): unknown {
  if (!Array.isArray(patch)) {
    const what = patch === null ? undefined : typeof patch === 'boolean' ? 'bool' : typeof patch
    // `null` is an empty list of operations.
    if (what === undefined) return target
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${what} into Go value of type []handlers.jsonPatchOp`,
    )
  }
  if (patch.length > MAX_OPERATIONS) throw tooManyOperations(patch.length)
  return new PatchRun(target as Container, trace, text).run(patch)
}

function tooManyOperations(count: number): StatusError {
  const message = `Request entity too large: The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${count}`
  return new StatusError(413, 'RequestEntityTooLarge', message)
}

interface Place {
  readonly container: Container
  readonly key: string
}

class PatchRun {
  #document: Container
  #copiedBytes = 0
  readonly #trace: PatchTrace | undefined
  readonly #text: string | undefined
  /** Nothing was put into the document yet: it is all written as the server writes. */
  #untouched = true

  constructor(document: Container, trace: PatchTrace | undefined, text: string | undefined) {
    this.#document = document
    this.#text = text
    this.#trace = trace
    trace?.read(document)
  }

  run(patch: readonly unknown[]): unknown {
    for (const [index, step] of patch.entries()) {
      this.#apply(isContainer(step) && !Array.isArray(step) ? step : {}, index)
    }
    return this.#document
  }

  #apply(operation: Readonly<Record<string, unknown>>, index: number): void {
    const { op, path } = operation
    const value = Object.hasOwn(operation, 'value') ? operation['value'] : null
    if (typeof path !== 'string') throw rejectedPatch()
    if (op !== 'test' && op !== 'remove') this.#untouched = false
    switch (op) {
      case 'add':
        return this.#add(path, this.#sent(value))
      case 'remove':
        return remove(this.#place(path))
      case 'replace':
        return path === '' ? this.#replaceDocument(value) : this.#replace(path, this.#sent(value))
      case 'move':
        return this.#move(operation['from'], path)
      case 'copy':
        return this.#copy(operation['from'], path)
      case 'test':
        return this.#test(path, value, index)
      default:
        throw rejectedPatch()
    }
  }

  #sent(value: unknown): unknown {
    const own = mutableCopy(value)
    this.#trace?.send(own)
    return own
  }

  /** @throws StatusError 422 when a parent is not there */
  #place(path: unknown): Place {
    if (typeof path !== 'string') throw rejectedPatch()
    const parts = path.split('/')
    if (parts.length < 2) throw rejectedPatch()
    let container = this.#document
    for (const part of parts.slice(1, -1)) {
      const next = valueAt({ container, key: unescaped(part) })
      if (!isContainer(next)) throw rejectedPatch()
      container = next
      this.#trace?.read(container)
    }
    return { container, key: unescaped(parts.at(-1) ?? '') }
  }

  #add(path: string, value: unknown): void {
    const { container, key } = this.#place(path)
    if (!Array.isArray(container)) setKey(container, key, value)
    else if (key === '-') container.push(value)
    else container.splice(indexOf(key, container.length + 1), 0, value)
  }

  #replace(path: string, value: unknown): void {
    const place = this.#place(path)
    valueAt(place)
    setValue(place, value)
  }

  #replaceDocument(value: unknown): void {
    if (!isContainer(value)) throw rejectedPatch()
    this.#document = mutableCopy(value)
    this.#trace?.read(this.#document)
    for (const inner of Object.values(this.#document)) this.#trace?.send(inner)
  }

  #move(from: unknown, path: string): void {
    const place = this.#place(from)
    const value = valueAt(place)
    remove(place)
    this.#add(path, value)
  }

  #copy(from: unknown, path: string): void {
    const value = valueAt(this.#place(from))
    this.#copiedBytes += value === null ? 0 : jsonText(value).length
    if (this.#copiedBytes > MAX_COPIED_BYTES) throw rejectedPatch()
    this.#add(path, mutableCopy(value))
  }

  #test(path: string, wanted: unknown, index: number): void {
    const found = path === '' ? this.#document : valueAt(this.#place(path))
    if (!equalJson(found, wanted)) throw rejectedPatch()
    const written = this.#untouched && this.#text !== undefined ? operationValues(this.#text)[index] : undefined
    if (written !== undefined && !isWrittenAs(found, written)) throw rejectedPatch()
    this.#trace?.readAll(found)
  }
}

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null
}

function unescaped(part: string): string {
  return part.replace(/~[01]/g, (escape) => (escape === '~1' ? '/' : '~'))
}

/** A missing map key reads as null; an index beyond the list is refused. */
function valueAt({ container, key }: Place): unknown {
  if (Array.isArray(container)) return container[indexOf(key, container.length)] ?? null
  return Object.hasOwn(container, key) ? (container[key] ?? null) : null
}

function setValue({ container, key }: Place, value: unknown): void {
  if (Array.isArray(container)) container[indexOf(key, container.length)] = value
  else setKey(container, key, value)
}

function remove({ container, key }: Place): void {
  if (Array.isArray(container)) container.splice(indexOf(key, container.length), 1)
  else if (Object.hasOwn(container, key)) delete container[key]
  else throw rejectedPatch()
}

/** As strconv.Atoi reads it, from the end when negative. @throws StatusError 422 unless it lies below `size` */
function indexOf(key: string, size: number): number {
  if (!/^[+-]?\d+$/.test(key)) throw rejectedPatch()
  const index = Number(key)
  if (index >= size || index < -size) throw rejectedPatch()
  return index < 0 ? index + size : index
}
