// The /scale of a custom kind: replicas and selector are where the definition says. Source: apiextensions-apiserver
// pkg/registry/customresource/etcd.go (ScaleREST), validator.go; apimachinery unstructured helpers (the texts).

import type { Scale } from '../objects/index.ts'
import type { KubeObject } from '../objects/kube-object.ts'
import { goMap } from '../patch/go-print.ts'
import { badRequest, internalError, plainError } from '../status/errors.ts'
import { mutableCopy } from '../store/share.ts'
import type { FieldError } from '../validation/field-error.ts'
import { invalid, quote } from '../validation/field-errors.ts'
import { goNumber } from '../validation/go-number.ts'
import { pathParts, type ScalePaths } from './custom-kind.ts'
import { isRecord, type MutableRecord } from './schema/walk.ts'

const MAX_INT32 = 2 ** 31 - 1

interface Nested {
  readonly value: unknown
  readonly found: boolean
  /** Why the path does not fit the object. */
  readonly problem?: string
}

function nested(object: unknown, parts: readonly string[]): Nested {
  let value = object
  for (const [depth, part] of parts.entries()) {
    if (value === null) return { value: undefined, found: false }
    if (!isRecord(value)) {
      const at = `.${parts.slice(0, depth + 1).join('.')}`
      return { value, found: false, problem: accessorError(at, value, 'map[string]interface{}') }
    }
    if (!Object.hasOwn(value, part)) return { value: undefined, found: false }
    value = value[part]
  }
  return { value, found: true }
}

function accessorError(path: string, value: unknown, expected: string): string {
  return `${path} accessor error: ${printed(value)} is of the type ${goType(value)}, expected ${expected}`
}

function printed(value: unknown): string {
  if (value === null || value === undefined) return '<nil>'
  if (typeof value === 'object') return goMap(value)
  return typeof value === 'number' ? goNumber(value) : String(value)
}

function goType(value: unknown): string {
  if (value === null || value === undefined) return '<nil>'
  if (Array.isArray(value)) return '[]interface {}'
  switch (typeof value) {
    case 'object':
      return 'map[string]interface {}'
    case 'boolean':
      return 'bool'
    case 'bigint':
      return 'int64'
    case 'number':
      return Number.isInteger(value) ? 'int64' : 'float64'
    default:
      return 'string'
  }
}

/** A whole number at a path; 0 where there is none. */
function integerAt(object: unknown, path: string): { value: number; found: boolean; problem?: string } {
  const { value, found, problem } = nested(object, pathParts(path))
  if (problem !== undefined) return { value: 0, found, problem }
  if (!found) return { value: 0, found }
  if (typeof value === 'bigint') return { value: Number(value), found }
  if (typeof value === 'number' && Number.isInteger(value)) return { value, found }
  return { value: 0, found: false, problem: accessorError(`.${pathParts(path).join('.')}`, value, 'int64') }
}

function textAt(object: unknown, path: string): { value: string; problem?: string } {
  const { value, found, problem } = nested(object, pathParts(path))
  if (problem !== undefined) return { value: '', problem }
  if (!found) return { value: '' }
  if (typeof value === 'string') return { value }
  return { value: '', problem: accessorError(`.${pathParts(path).join('.')}`, value, 'string') }
}

/** What a GET of /scale answers. @throws StatusError 500 where the object has no replicas */
export function customScaleOf(object: KubeObject, paths: ScalePaths): Scale {
  const { scale, found } = scaleOf(object, paths)
  if (!found) throw internalError(`the spec replicas field ${JSON.stringify(paths.specReplicas)} does not exist`)
  return scale
}

// The smallest int32: a patch that leaves it says nothing of replicas.
const NO_REPLICAS = -(2 ** 31)

/** What a PATCH of /scale starts from: the object may have no replicas yet. */
export function patchedScaleOf(object: KubeObject, paths: ScalePaths): Scale {
  const { scale, found } = scaleOf(object, paths)
  return found ? scale : { ...scale, spec: { replicas: NO_REPLICAS } }
}

function scaleOf(object: KubeObject, paths: ScalePaths): { readonly scale: Scale; readonly found: boolean } {
  const spec = integerAt(object, paths.specReplicas)
  const status = integerAt(object, paths.statusReplicas)
  const selector = paths.labelSelector === undefined ? { value: '' } : textAt(object, paths.labelSelector)
  const problem = spec.problem ?? status.problem ?? ('problem' in selector ? selector.problem : undefined)
  if (problem !== undefined) throw plainError(problem)
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  const scale: Scale = {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name, uid, resourceVersion, creationTimestamp, ...(namespace === undefined ? {} : { namespace }) },
    // Zero replicas are left out, as for built-in kinds.
    spec: { ...(spec.value === 0 ? {} : { replicas: spec.value }) },
    status: { replicas: status.value, ...(selector.value === '' ? {} : { selector: selector.value }) },
  }
  return { scale, found: spec.found }
}

/** The Scale of an object as a write answers it. */
export function writtenScaleOf(object: KubeObject, paths: ScalePaths): Scale {
  return scaleOf(object, paths).scale
}

/** A private copy of the object with the replicas a Scale asks for, and its resourceVersion for the conflict check. */
export function withCustomReplicas(object: KubeObject, scale: Scale, paths: ScalePaths): MutableRecord {
  const replicas = scale.spec?.replicas ?? 0
  if (replicas === NO_REPLICAS) throw badRequest(`the spec replicas field ${quote(paths.specReplicas)} cannot be empty`)
  const next = mutableCopy(object) as unknown as MutableRecord
  const parts = pathParts(paths.specReplicas)
  let holder = next
  for (const part of parts.slice(0, -1)) {
    holder[part] ??= {}
    const inner = holder[part]
    if (!isRecord(inner)) {
      throw plainError(`value cannot be set because .${parts.join('.')} is not a map[string]interface{}`)
    }
    holder = inner
  }
  const last = parts.at(-1)
  if (last === undefined) throw badRequest('the spec replicas field "" cannot be empty')
  holder[last] = replicas
  const { resourceVersion } = scale.metadata
  if (resourceVersion) next['metadata'] = { ...object.metadata, resourceVersion }
  return next
}

export function validateScaleSpec(object: unknown, paths: ScalePaths): readonly FieldError[] {
  return validateReplicas(object, paths.specReplicas)
}

export function validateScaleStatus(object: unknown, paths: ScalePaths): readonly FieldError[] {
  const errors = [...validateReplicas(object, paths.statusReplicas)]
  if (paths.labelSelector !== undefined) {
    const { value, problem } = textAt(object, paths.labelSelector)
    if (problem !== undefined) errors.push(invalid(paths.labelSelector, value, problem))
  }
  return errors
}

function validateReplicas(object: unknown, path: string): readonly FieldError[] {
  const { value, problem } = integerAt(object, path)
  if (problem !== undefined) return [invalid(path, value, problem)]
  if (value < 0) return [invalid(path, value, 'should be a non-negative integer')]
  return value > MAX_INT32 ? [invalid(path, value, `should be less than or equal to ${MAX_INT32}`)] : []
}
