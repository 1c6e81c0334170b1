// What the server knows about the fields of a type: enough to decode, default, patch, apply, print OpenAPI and speak
// protobuf. Source: scripts/generate.mjs.

export type FieldType =
  | 'string'
  | 'bool'
  | 'int32'
  | 'int64'
  | 'double'
  /** base64 text in JSON */
  | 'bytes'
  /** RFC 3339 with seconds */
  | 'time'
  /** RFC 3339 with microseconds */
  | 'micro-time'
  | 'quantity'
  | 'int-or-string'
  /** A list of strings in a message of its own: ExtraValue. */
  | 'strings'
  /** Any JSON: FieldsV1, RawExtension. */
  | 'raw'
  /** Any JSON of a JSON schema: defaults, examples, enum values. */
  | 'json'
  /** JSONSchemaPropsOrArray */
  | 'schema-or-array'
  /** JSONSchemaPropsOrBool */
  | 'schema-or-bool'
  /** JSONSchemaPropsOrStringArray */
  | 'schema-or-strings'
  | 'object'

export interface FieldSchema {
  readonly type: FieldType
  /** Schema name, when type is object. */
  readonly ref?: string
  /** A list of `type`. */
  readonly list?: true
  /** A map from string to `type`. */
  readonly map?: true
  readonly required?: true
  /** A pointer in Go: absent is not the same as zero. Lists and maps are never called so. */
  readonly pointer?: true
  /** Written even when zero (no `omitempty`). Structs by value are always written and not called so. */
  readonly always?: true
  /** Values a text may have, where upstream declares them. */
  readonly enum?: readonly string[]
  /** Declared default; most defaults are set in code. */
  readonly default?: string | number | boolean
  readonly listType?: 'atomic' | 'set' | 'map'
  readonly listMapKeys?: readonly string[]
  readonly mapType?: 'atomic' | 'granular'
  readonly structType?: 'atomic' | 'granular'
  /** e.g. `merge`, `merge,retainKeys` */
  readonly patchStrategy?: string
  readonly patchMergeKey?: string
  /**
   * Protobuf field number. Two numbers: the field sits in an inlined message (Volume.emptyDir is field 2 of the message
   * in field 2). Empty: not in the message (apiVersion and kind travel in the envelope).
   */
  readonly proto: readonly number[]
}

export interface ObjectSchema {
  /** e.g. `io.k8s.api.core.v1.ServicePort` */
  readonly name: string
  /** Go's name of the struct, as in decoding errors: `ServicePort`. */
  readonly struct: string
  readonly fields: ReadonlyMap<string, FieldSchema>
}

export interface Descriptions {
  readonly description: string
  /** Field → text; empty when there is none. */
  readonly fields: Readonly<Record<string, string>>
}
