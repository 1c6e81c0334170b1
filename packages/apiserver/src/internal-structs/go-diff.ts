// The difference of two internal structs as messages show it: both printed as indented JSON, compared line by line.
// Source: apimachinery util/diff (Diff).

import { indentedJson } from './indented-json.ts'
import { goStruct } from './go-struct.ts'
import { unifiedDiff } from './unified-diff.ts'

/**
 * @param before as it is stored: what was sent empty then is gone
 * @returns text ending in a line break; empty when both print alike
 */
export function goDiff(struct: string, before: unknown, after: unknown): string {
  return unifiedDiff(indentedJson(goStruct(struct, structuredClone(before))), indentedJson(goStruct(struct, after)))
}
