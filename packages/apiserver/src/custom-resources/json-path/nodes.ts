// The parts of a JSONPath as kubectl and printer columns write it. Source: client-go util/jsonpath/node.go.

export type Node =
  | { readonly type: 'field'; readonly name: string }
  | { readonly type: 'wildcard' }
  | { readonly type: 'recursive' }
  /** Python's slice of an array: from, to, step. */
  | {
      readonly type: 'array'
      readonly from: number | undefined
      readonly to: number | undefined
      readonly step: number | undefined
      readonly single: boolean
    }
  | { readonly type: 'filter'; readonly left: Path; readonly operator: Operator; readonly right: Path }
  | { readonly type: 'union'; readonly paths: readonly Path[] }
  /** A constant, in filters. */
  | { readonly type: 'value'; readonly value: string | number | boolean }

export type Operator = 'exists' | '==' | '!=' | '<' | '<=' | '>' | '>='

export type Path = readonly Node[]

/** A path that cannot be read, or that does not fit a value. */
export class JsonPathError extends Error {
  override readonly name = 'JsonPathError'
}
