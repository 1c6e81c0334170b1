// A kind that a CustomResourceDefinition defines, in one of its versions: what the pipeline asks where it asks the schema
// tables about built-in kinds.

import type { StructType } from '../managed-fields/value-type.ts'
import type { CompiledRules } from './cel/compiled-rules.ts'
import type { Schema } from './schema/walk.ts'

export interface CustomKind {
  readonly group: string
  readonly version: string
  /** The version objects are stored in. */
  readonly storageVersion: string
  readonly kind: string
  readonly listKind: string
  /** Name of the definition. */
  readonly definition: string
  /** undefined: any fields at all. */
  readonly schema: Schema | undefined
  /** Fields the schema does not have stay (only definitions of old have this). */
  readonly keepsUnknownFields: boolean
  /** How server-side apply merges objects. */
  readonly mergeType: StructType
  /** How server-side apply sees objects in each version of the definition, served or not, by its apiVersion. */
  readonly siblings: ReadonlyMap<string, StructType>
  readonly scale: ScalePaths | undefined
  /** Objects of this version would be converted by a webhook, which nobody calls: nothing can be asked of it. */
  readonly needsWebhook: boolean
  /** The definition's objects are being deleted: nothing new is created. */
  readonly terminating: boolean
  /** x-kubernetes-validations; undefined when the schema has none. */
  rules(): CompiledRules | undefined
}

export interface ScalePaths {
  /** As the definition writes it: `.spec.replicas`. */
  readonly specReplicas: string
  readonly statusReplicas: string
  readonly labelSelector: string | undefined
}

/** `.spec.replicas` → spec, replicas. */
export function pathParts(path: string): readonly string[] {
  return path.replace(/^\./, '').split('.')
}
