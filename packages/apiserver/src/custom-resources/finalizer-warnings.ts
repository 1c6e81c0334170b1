// Warnings about finalizers that other writers could take for theirs. Source: apiextensions-apiserver
// pkg/registry/customresource/validator.go (validateKubeFinalizerName).

import { compareText } from '@podwire/engine'
import type { KubeObject } from '../objects/kube-object.ts'
import { quote } from '../validation/field-errors.ts'
import { qualifiedName } from '../validation/names.ts'

const STANDARD: ReadonlySet<string> = new Set(['orphan', 'foregroundDeletion', 'kubernetes'])
const ADVICE = 'to avoid accidental conflicts with other finalizer writers'

/** About those that `old` did not have. */
export function finalizerWarnings(object: KubeObject, old: KubeObject | undefined): readonly string[] {
  const before = new Set(old?.metadata.finalizers)
  const added = [...new Set(object.metadata.finalizers)].filter((finalizer) => !before.has(finalizer))
  return added.sort(compareText).flatMap(warningsAbout)
}

function warningsAbout(finalizer: string): readonly string[] {
  const named = `metadata.finalizers: ${quote(finalizer)}`
  const problems = qualifiedName(finalizer).map((problem) => `${named}: ${problem}`)
  if (finalizer.includes('/') || STANDARD.has(finalizer)) return problems
  const including = finalizer.includes('.') ? ' including a path (/)' : ''
  return [...problems, `${named}: prefer a domain-qualified finalizer name${including} ${ADVICE}`]
}
