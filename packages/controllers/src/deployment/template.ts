// Pod templates: telling whether a ReplicaSet's is the Deployment's, and the hash that names ReplicaSets.
// Source: kubernetes pkg/controller/deployment/util (EqualIgnoreHash), pkg/controller/controller_utils.go (ComputeHash).
// Departure: the hash is FNV-1a over sorted JSON, not over Go's dump of the struct, so the digits differ from a real cluster's.

import { compareText } from '@podwire/engine'
import type { PodTemplateSpec } from '@podwire/apiserver'
import { semanticEqual } from '../objects/semantic-equal.ts'

export const TEMPLATE_HASH_LABEL = 'pod-template-hash'

const DIGITS = ['4', '5', '6', '7', '8', '9', 'b', 'c', 'd', 'f']

function withoutHash(template: PodTemplateSpec): PodTemplateSpec {
  const labels = template.metadata?.labels
  if (labels?.[TEMPLATE_HASH_LABEL] === undefined) return template
  const { [TEMPLATE_HASH_LABEL]: _, ...rest } = labels
  return { ...template, metadata: { ...template.metadata, labels: rest } }
}

// Stored templates never change, and every sync of a Deployment compares the same two.
const compared = new WeakMap<PodTemplateSpec, { readonly to: PodTemplateSpec; readonly same: boolean }>()

export function sameTemplate(a: PodTemplateSpec | undefined, b: PodTemplateSpec): boolean {
  if (a === undefined) return false
  const known = compared.get(a)
  if (known?.to === b) return known.same
  const same = semanticEqual(withoutHash(a), withoutHash(b))
  if (Object.isFrozen(a) && Object.isFrozen(b)) compared.set(a, { to: b, same })
  return same
}

/** The decimal digits of a 32-bit hash, in the alphabet of generated names: `7d9f5c86b`. */
export function templateHash(template: PodTemplateSpec, collisionCount: number | undefined): string {
  let hash = fnv1a(canonicalText(template), 0x811c9dc5)
  if (collisionCount !== undefined) hash = fnv1a(`#${collisionCount}`, hash)
  return [...String(hash >>> 0)].map((digit) => DIGITS[Number(digit)] ?? '4').join('')
}

function fnv1a(text: string, start: number): number {
  let hash = start
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash
}

function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const fields = value as Readonly<Record<string, unknown>>
  let text = ''
  for (const key of Object.keys(fields).sort(compareText)) {
    const field = fields[key]
    if (field === undefined || field === null) continue
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalText(field)}`
  }
  return `{${text}}`
}
