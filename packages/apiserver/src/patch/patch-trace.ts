// How the server prints a patched object that it refuses: its patch library writes what it has looked into with sorted keys,
// the rest as it came: the stored object in the order of its Go fields, the client's values as he sent them.
// Source: evanphx/json-patch (lazyNode), encoding/json.

import { compareText } from '@podwire/engine'
import { findSchema, goFieldOrder, type FieldSchema, type ObjectSchema } from '../schema/index.ts'
import { goJson } from '../objects/go-json.ts'

export class PatchTrace {
  readonly #sorted = new WeakSet()
  readonly #sent = new WeakSet()

  /** The library looked into this map or list. */
  read(value: object): void {
    this.#sorted.add(value)
  }

  /** …and into everything in it. */
  readAll(value: unknown): void {
    if (typeof value !== 'object' || value === null) return
    this.#sorted.add(value)
    for (const inner of Object.values(value)) this.readAll(inner)
  }

  /** A value the client sent, kept as it came. */
  send(value: unknown): void {
    if (typeof value !== 'object' || value === null) return
    this.#sent.add(value)
    for (const inner of Object.values(value)) this.send(inner)
  }

  /** The patched object as JSON. */
  print(value: unknown, schemaName: string): string {
    return this.#print(value, findSchema(schemaName), undefined)
  }

  #print(value: unknown, schema: ObjectSchema | undefined, field: FieldSchema | undefined): string {
    if (typeof value !== 'object' || value === null) return goJson(value ?? null)
    if (Array.isArray(value)) return `[${value.map((item) => this.#print(item, schema, undefined)).join(',')}]`
    const isMap = field?.map === true && schema === undefined
    const keys = this.#order(value, schema, isMap)
    const fields = keys.map((key) => {
      const inner: unknown = Reflect.get(value, key)
      const innerField = schema?.fields.get(key)
      const innerSchema = innerField?.ref === undefined ? undefined : findSchema(innerField.ref)
      return `${goJson(key)}:${this.#print(inner, innerSchema, innerField)}`
    })
    return `{${fields.join(',')}}`
  }

  #order(value: object, schema: ObjectSchema | undefined, isMap: boolean): readonly string[] {
    const keys = Object.keys(value)
    if (this.#sent.has(value) && !this.#sorted.has(value)) return keys
    if (this.#sorted.has(value) || isMap || schema === undefined) return keys.sort(compareText)
    const order = goFieldOrder(schema)
    return keys.sort((a, b) => order.indexOf(a) - order.indexOf(b) || compareText(a, b))
  }
}
