// What no cluster can be made of, said at the field of the document that it is about.

import type { PodwireError } from '@podwire/engine'
import type { DocumentError, PositionedDocument } from './read-document.ts'

/** @param cluster as the document describes it, under `cluster` */
export function clusterFault(error: PodwireError, cluster: object, document: PositionedDocument): DocumentError {
  const { reason, remedy } = error
  const names = Object.keys(cluster).sort((one, other) => other.length - one.length)
  const isAbout = (text: string): boolean => text.length > 2 && reason.includes(text)
  const field = names.find(isAbout) ?? Object.entries(cluster).find(([, value]) => isAbout(String(value)))?.[0]
  const path = ['cluster', ...(field === undefined ? [] : [field])]
  return document.error([document.problem(path, remedy === undefined ? reason : `${reason}. ${remedy}`)])
}
