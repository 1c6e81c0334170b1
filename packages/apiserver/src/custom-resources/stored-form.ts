// How objects of one version of a custom kind are read from what is stored, and stored. Conversion strategy None: versions
// differ in apiVersion alone; what is read has its stored version's defaults and only fields of both schemas. Source:
// apiextensions-apiserver pkg/apiserver/customresource_handler.go (crdConversionRESTOptionsGetter), conversion/nop_converter.go.

import type { KubeObject } from '../objects/kube-object.ts'
import type { StoredForm } from '../resources/resource-type.ts'
import { deepFreeze } from '../store/deep-freeze.ts'
import { mutableCopy, shareUnchanged } from '../store/share.ts'
import { coerceObject } from './coerce.ts'
import type { CustomKind } from './custom-kind.ts'
import { applyDefaults } from './schema/defaults.ts'
import type { MutableRecord } from './schema/walk.ts'

/** @param storage the version that is stored; @param versionOf a served or stored version by its apiVersion */
export function storedFormOf(
  custom: CustomKind,
  storage: CustomKind,
  versionOf: (apiVersion: string) => CustomKind | undefined,
): StoredForm {
  const read = new WeakMap<KubeObject, KubeObject>()
  const mine = apiVersionOf(custom)
  const stored = apiVersionOf(storage)
  return {
    read(object) {
      const known = read.get(object)
      if (known !== undefined) return known
      const made = readAs(object, mine, custom, versionOf(object.apiVersion) ?? custom)
      read.set(object, made)
      return made
    },
    write(object) {
      if (mine === stored) return object
      const copy = mutableCopy(object) as unknown as MutableRecord
      copy['apiVersion'] = stored
      coerceObject(copy, storage)
      return copy as unknown as KubeObject
    },
  }
}

/** Stored objects are read once for each version: the result is kept as long as they are. */
function readAs(object: KubeObject, mine: string, custom: CustomKind, writtenAs: CustomKind): KubeObject {
  const copy = mutableCopy(object) as unknown as MutableRecord
  coerceObject(copy, writtenAs)
  applyDefaults(copy, writtenAs.schema)
  if (writtenAs !== custom) {
    copy['apiVersion'] = mine
    coerceObject(copy, custom)
  }
  return deepFreeze(shareUnchanged(object, copy as unknown as KubeObject))
}

function apiVersionOf({ group, version }: CustomKind): string {
  return `${group}/${version}`
}
