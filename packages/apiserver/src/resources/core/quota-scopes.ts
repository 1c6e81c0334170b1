// Which pods or claims a ResourceQuota counts, and whether that fits what it counts. Source: kubernetes core/validation
// (validateResourceQuotaScopes, validateScopedResourceSelectorRequirement), apis/core/helper.

import { goStruct } from '../../internal-structs/index.ts'
import type { ResourceQuota } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { invalid, required } from '../../validation/field-errors.ts'
import { isQuotaResource } from './resource-names.ts'

const COMPUTE: ReadonlySet<string> = new Set([
  'pods',
  'cpu',
  'memory',
  'limits.cpu',
  'limits.memory',
  'requests.cpu',
  'requests.memory',
])

/** Scope → what may be counted within it. */
const SCOPES: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['Terminating', COMPUTE],
  ['NotTerminating', COMPUTE],
  ['BestEffort', new Set(['pods'])],
  ['NotBestEffort', COMPUTE],
  ['PriorityClass', COMPUTE],
  ['CrossNamespacePodAffinity', COMPUTE],
  ['VolumeAttributesClass', new Set(['persistentvolumeclaims', 'requests.storage'])],
])

/** They are there or not, and have no values. */
const WITHOUT_VALUES = ['BestEffort', 'NotBestEffort', 'Terminating', 'NotTerminating', 'CrossNamespacePodAffinity']
const EXISTS_TEXT =
  "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, " +
  'ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity'
const OPPOSITES = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
]

type Spec = NonNullable<ResourceQuota['spec']>
type Selector = NonNullable<Spec['scopeSelector']>

export function validateScopes(spec: Spec, errors: FieldError[]): void {
  const { scopes = [], scopeSelector } = spec
  if (scopes.length > 0) {
    const path = 'spec.scopes'
    for (const scope of scopes) {
      if (!SCOPES.has(scope)) errors.push(invalid(path, scopes, 'unsupported scope'))
      for (const _ of unfit(scope, spec)) errors.push(invalid(path, scopes, 'unsupported scope applied to resource'))
    }
    validateOpposites(scopes, path, spec, errors)
  }
  if (scopeSelector !== undefined) validateSelector(scopeSelector, spec, errors)
}

/** What the quota counts that has no such scope. */
function unfit(scope: string, { hard = {} }: Spec): readonly string[] {
  const fit = SCOPES.get(scope)
  return fit === undefined ? [] : Object.keys(hard).filter((name) => isQuotaResource(name) && !fit.has(name))
}

function validateOpposites(scopes: readonly string[], path: string, spec: Spec, errors: FieldError[]): void {
  for (const pair of OPPOSITES) {
    if (pair.every((scope) => scopes.includes(scope))) {
      errors.push(invalid(path, spec.scopes ?? null, 'conflicting scopes'))
    }
  }
}

function validateSelector(selector: Selector, spec: Spec, errors: FieldError[]): void {
  const path = 'spec.scopeSelector.matchExpressions'
  const { matchExpressions = [] } = selector
  for (const { scopeName, operator, values = [] } of matchExpressions) {
    if (!SCOPES.has(scopeName)) errors.push(invalid(`${path}.scopeName`, scopeName, 'unsupported scope'))
    for (const _ of unfit(scopeName, spec)) {
      errors.push(invalid(path, goStruct('core.ScopeSelector', selector), 'unsupported scope applied to resource'))
    }
    if (WITHOUT_VALUES.includes(scopeName) && operator !== 'Exists') {
      errors.push(invalid(`${path}.operator`, operator, EXISTS_TEXT))
    }
    validateOperator(operator, values, path, errors)
  }
  validateOpposites(
    matchExpressions.map(({ scopeName }) => scopeName),
    path,
    spec,
    errors,
  )
}

function validateOperator(operator: string, values: readonly string[], path: string, errors: FieldError[]): void {
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length > 0) return
    const text = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"
    errors.push(required(`${path}.values`, text))
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length === 0) return
    const text = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"
    errors.push(invalid(`${path}.values`, values, text))
  } else errors.push(invalid(`${path}.operator`, operator, 'not a valid selector operator'))
}
