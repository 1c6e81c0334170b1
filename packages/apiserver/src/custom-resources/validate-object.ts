// Whether a custom object may be stored: metadata, schema, scale, embedded resources, list types and rules, in the real
// server's order. Source: apiextensions-apiserver pkg/registry/customresource (strategy.go, status_strategy.go, validator.go),
// apiserver registry/rest (BeforeUpdate).

import type { KubeObject } from '../objects/kube-object.ts'
import type { FieldError } from '../validation/field-error.ts'
import { invalid } from '../validation/field-errors.ts'
import { validateChangedMeta, validateObjectMeta, validateObjectMetaUpdate } from '../validation/object-meta.ts'
import type { CustomKind } from './custom-kind.ts'
import { validateScaleSpec, validateScaleStatus } from './scale.ts'
import { validateEmbedded } from './schema/embedded-resources.ts'
import { propertyOf, type Schema } from './schema/walk.ts'
import { Correlation } from './validation/correlation.ts'
import { validateListTypes } from './validation/list-types.ts'
import { validateValue } from './validation/validate-value.ts'

type Warn = (text: string) => void

const ANYTHING: Schema = {}
/** Finalizers without a domain are warned about, not refused. */
const RULES = { nameRule: 'dns-subdomain', anyFinalizer: true } as const

export function validateNew(
  object: KubeObject,
  custom: CustomKind,
  options: { readonly namespaced: boolean; readonly warn: Warn },
): readonly FieldError[] {
  const { schema = ANYTHING, scale } = custom
  const errors = [...validateTypeMeta(object, custom)]
  if (errors.length === 0) {
    errors.push(
      ...validateObjectMeta(object.metadata, { namespaced: options.namespaced, ...RULES }, 'metadata'),
      ...validateValue(object, schema, ''),
      ...(scale === undefined ? [] : [...validateScaleSpec(object, scale), ...validateScaleStatus(object, scale)]),
    )
  }
  errors.push(...validateEmbedded(object, schema), ...validateListTypes(object, schema, ''))
  return [...errors, ...validateRules(custom, errors, object, undefined, options.warn)]
}

export function validateChanged(
  object: KubeObject,
  old: KubeObject,
  custom: CustomKind,
  warn: Warn,
): readonly FieldError[] {
  const { schema = ANYTHING, scale } = custom
  const correlation = new Correlation(object, old, schema)
  const errors = [...validateTypeMeta(object, custom)]
  if (errors.length === 0) {
    errors.push(
      ...metaUpdateErrors(object, old),
      ...validateValue(object, schema, '', correlation),
      ...(scale === undefined ? [] : [...validateScaleSpec(object, scale), ...validateScaleStatus(object, scale)]),
    )
  }
  errors.push(...validateEmbedded(object, schema), ...newListErrors(object, old, schema))
  const found = [...errors, ...validateRules(custom, errors, object, old, warn)]
  return [...metadataErrors(object, old), ...found]
}

/** Through /status only the status is held to its schema. */
export function validateChangedStatus(
  object: KubeObject,
  old: KubeObject,
  custom: CustomKind,
  warn: Warn,
): readonly FieldError[] {
  const { schema = ANYTHING, scale } = custom
  const errors = [...validateTypeMeta(object, custom)]
  const statusSchema = propertyOf(schema, 'status')
  if (errors.length === 0) {
    errors.push(...metaUpdateErrors(object, old))
    if (statusSchema !== undefined && 'status' in object) {
      const correlation = new Correlation(object, old, schema).key('status')
      errors.push(...validateValue(object.status, statusSchema, 'status', correlation))
    }
    if (scale !== undefined) errors.push(...validateScaleStatus(object, scale))
  }
  errors.push(...newListErrors(object, old, schema))
  const found = [...errors, ...validateRules(custom, errors, object, old, warn)]
  return [...metadataErrors(object, old), ...found]
}

/** What any update is checked for before the kind is asked. */
function metadataErrors(object: KubeObject, old: KubeObject): readonly FieldError[] {
  return [...validateChangedMeta(object.metadata, old.metadata, 'metadata'), ...metaUpdateErrors(object, old)]
}

function metaUpdateErrors(object: KubeObject, old: KubeObject): readonly FieldError[] {
  return validateObjectMetaUpdate(object.metadata, old.metadata, 'metadata')
}

function validateTypeMeta({ apiVersion, kind }: KubeObject, custom: CustomKind): readonly FieldError[] {
  const expected = `${custom.group}/${custom.version}`
  return [
    ...(kind === custom.kind ? [] : [invalid('kind', kind, `must be ${custom.kind}`)]),
    ...(apiVersion === expected ? [] : [invalid('apiVersion', apiVersion, `must be ${expected}`)]),
  ]
}

/** Lists that were wrong before may stay so. */
function newListErrors(object: KubeObject, old: KubeObject, schema: Schema): readonly FieldError[] {
  const errors = validateListTypes(object, schema, '')
  return errors.length > 0 && validateListTypes(old, schema, '').length === 0 ? errors : []
}

const BLOCKING: ReadonlySet<FieldError['reason']> = new Set([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
])

function validateRules(
  custom: CustomKind,
  errors: readonly FieldError[],
  object: KubeObject,
  old: KubeObject | undefined,
  warn: Warn,
): readonly FieldError[] {
  const rules = custom.rules()
  if (rules === undefined) return []
  if (!errors.some(({ reason }) => BLOCKING.has(reason))) return rules.validate(object, old, warn)
  const why =
    'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation'
  return [invalid('<nil>', null, why)]
}
