// A kind's other versions, as ownership needs them: their types, and objects turned from one version into another by way of the
// stored one. Source: apimachinery util/managedfields/internal/versionconverter.go.

import type { CustomKind } from '../custom-resources/custom-kind.ts'
import type { KubeObject } from '../objects/kube-object.ts'
import type { Registry } from '../resources/registry.ts'
import { apiVersionOf } from '../resources/resource-type.ts'
import type { Resource } from '../resources/resource.ts'
import { resetFilter } from './endpoint-fields.ts'
import type { FieldFilter, Versions } from './updater.ts'
import { structType } from './value-type.ts'

export function versionsOf(registry: Registry, resource: Resource, subresource: string): Versions {
  const find = (apiVersion: string): Resource | undefined =>
    registry.versions(resource.otherVersion?.stored ?? resource.type).get(apiVersion)
  return {
    at(apiVersion) {
      const found = find(apiVersion)
      if (found === undefined) return undefined
      return { type: structType(found.schema), reset: resetFilter(found, subresource) }
    },
    convert(object, from, to) {
      if (from === to || object === undefined) return object
      // Only objects of this kind are handed here, in the versions they are said to be of.
      const given = { metadata: {}, ...(object as object), apiVersion: from, kind: resource.type.kind }
      const spoken = given as unknown as KubeObject
      const source = find(from)?.otherVersion
      const stored = source === undefined ? spoken : source.toStored(spoken, undefined)
      const target = find(to)
      if (target?.otherVersion !== undefined) return target.otherVersion.fromStored(stored)
      return target === undefined ? stored : { ...stored, apiVersion: apiVersionOf(target.type) }
    },
  }
}

/** Objects of a custom kind are the same in all its versions, but their schemas need not be. */
export function customVersions({ siblings }: CustomKind, reset: FieldFilter): Versions {
  return {
    at(apiVersion) {
      const type = siblings.get(apiVersion)
      return type === undefined ? undefined : { type, reset }
    },
    convert: (object) => object,
  }
}
