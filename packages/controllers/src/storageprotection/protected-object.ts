// What both protection controllers do with one object: unused ones that are being deleted lose the finalizer, living ones have it.
// Source: kubernetes pkg/controller/util/protectionutil, pkg/controller/volume/{pvcprotection,pvprotection}.

import type { KubeObject } from '@podwire/apiserver'

/** Does the object need a look? */
export function isUnsettled(
  { metadata: { deletionTimestamp, finalizers = [] } }: KubeObject,
  finalizer: string,
): boolean {
  return (deletionTimestamp !== undefined) === finalizers.includes(finalizer)
}

/** The object with the finalizers it should have; undefined when it has them, or is still used. */
export function settled<T extends KubeObject>(object: T, finalizer: string, isUsed: () => boolean): T | undefined {
  if (!isUnsettled(object, finalizer)) return undefined
  const { finalizers = [], ...metadata } = object.metadata
  if (metadata.deletionTimestamp === undefined) {
    return { ...object, metadata: { ...metadata, finalizers: [...finalizers, finalizer] } }
  }
  if (isUsed()) return undefined
  const others = finalizers.filter((entry) => entry !== finalizer)
  return { ...object, metadata: others.length === 0 ? metadata : { ...metadata, finalizers: others } }
}
