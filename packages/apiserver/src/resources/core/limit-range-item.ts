// One limit of a LimitRange: what it is about, and that its figures do not contradict each other. Source: kubernetes
// core/v1/defaults.go (SetDefaults_LimitRangeItem), core/validation (ValidateLimitRange).

import type { LimitRangeItem } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { forbiddenField, invalid, required } from '../../validation/field-errors.ts'
import { qualifiedName } from '../../validation/names.ts'
import { formatQuantity, parseQuantity } from '../../validation/quantity.ts'
import type { Mutable } from '../resource.ts'
import { mayOvercommit, validateContainerResource, validateResourceName } from './resource-names.ts'

const TYPES = ['Pod', 'Container', 'PersistentVolumeClaim']
const MILLI = 1_000_000n
const ONE = 1_000_000_000n
/** Above it figures are compared in whole numbers. */
const MAX_MILLI_VALUE = (2n ** 63n - 1n) / 1000n

type Amounts = Readonly<Record<string, string>>

/** What a container item leaves out is filled from its limits. */
export function defaultItem(item: Mutable<LimitRangeItem>): void {
  if (item.type !== 'Container') return
  item.default = { ...item.max, ...item.default }
  item.defaultRequest = { ...item.min, ...item.default, ...item.defaultRequest }
  if (Object.keys(item.default).length === 0) delete item.default
  if (Object.keys(item.defaultRequest).length === 0) delete item.defaultRequest
}

export function validateItem(item: LimitRangeItem, path: string, errors: FieldError[]): void {
  const { min = {}, max = {}, default: limits = {}, defaultRequest: requests = {}, maxLimitRequestRatio = {} } = item
  validateNames(item, max, `${path}.max`, errors)
  validateNames(item, min, `${path}.min`, errors)
  if (item.type === 'Pod') {
    const text = "may not be specified when `type` is 'Pod'"
    if (Object.keys(limits).length > 0) errors.push(forbiddenField(`${path}.default`, text))
    if (Object.keys(requests).length > 0) errors.push(forbiddenField(`${path}.defaultRequest`, text))
  } else {
    validateNames(item, limits, `${path}.default`, errors)
    validateNames(item, requests, `${path}.defaultRequest`, errors)
  }
  if (item.type === 'PersistentVolumeClaim' && min['storage'] === undefined && max['storage'] === undefined) {
    const text = 'either minimum or maximum storage value is required, but neither was provided'
    errors.push(required(`${path}.limits`, text))
  }
  validateNames(item, maxLimitRequestRatio, `${path}.maxLimitRequestRatio`, errors)
  const defaults = item.type === 'Pod' ? {} : { limits, requests }
  for (const name of namesOf(max, min, defaults.limits, defaults.requests, maxLimitRequestRatio)) {
    compare(item, name, path, errors)
  }
}

function namesOf(...amounts: readonly (Amounts | undefined)[]): ReadonlySet<string> {
  return new Set(amounts.flatMap((some) => Object.keys(some ?? {})))
}

export function validateItemType(type: string, path: string, errors: FieldError[]): void {
  const problems = qualifiedName(type)
  for (const problem of problems) errors.push(invalid(path, type, problem))
  if (problems.length > 0 || type.includes('/') || TYPES.includes(type)) return
  errors.push(invalid(path, type, 'must be a standard limit type or fully qualified'))
}

function validateNames({ type }: LimitRangeItem, amounts: Amounts, path: string, errors: FieldError[]): void {
  for (const name of Object.keys(amounts)) {
    const at = `${path}[${name}]`
    if (type === 'Pod' || type === 'Container') validateContainerResource(name, at, errors)
    else validateResourceName(name, at, errors)
  }
}

/** A figure as it is compared and as it is shown. */
interface Figure {
  readonly nano: bigint
  readonly text: string
}

function figure(amounts: Amounts | undefined, name: string): Figure | undefined {
  const quantity = amounts === undefined ? undefined : parseQuantity(amounts[name] ?? '')
  return quantity === undefined ? undefined : { nano: quantity.nano, text: formatQuantity(quantity) }
}

function compare(item: LimitRangeItem, name: string, path: string, errors: FieldError[]): void {
  const withDefaults = item.type !== 'Pod'
  const min = figure(item.min, name)
  const max = figure(item.max, name)
  const limit = withDefaults ? figure(item.default, name) : undefined
  const request = withDefaults ? figure(item.defaultRequest, name) : undefined
  const order = (
    field: string,
    shown: Figure | undefined,
    [low, lowName]: readonly [Figure | undefined, string],
    [high, highName]: readonly [Figure | undefined, string],
  ): void => {
    if (low === undefined || high === undefined || low.nano <= high.nano) return
    const text = `${lowName} value ${low.text} is greater than ${highName} value ${high.text}`
    errors.push(invalid(`${path}.${field}[${name}]`, shown?.text, text))
  }
  order('min', min, [min, 'min'], [max, 'max'])
  order('defaultRequest', request, [min, 'min'], [request, 'default request'])
  order('defaultRequest', request, [request, 'default request'], [max, 'max'])
  order('defaultRequest', request, [request, 'default request'], [limit, 'default limit'])
  // These two show the bound rather than the default.
  order('default', min, [min, 'min'], [limit, 'default'])
  order('default', max, [limit, 'default'], [max, 'max'])
  validateRatio(figure(item.maxLimitRequestRatio, name), min, max, `${path}.maxLimitRequestRatio[${name}]`, errors)
  if (mayOvercommit(name) || limit === undefined || request === undefined || limit.nano === request.nano) return
  const text = `default value ${limit.text} must equal to defaultRequest value ${request.text} in ${name}`
  errors.push(invalid(`${path}.defaultRequest[${name}]`, request.text, text))
}

function validateRatio(
  ratio: Figure | undefined,
  min: Figure | undefined,
  max: Figure | undefined,
  path: string,
  errors: FieldError[],
): void {
  if (ratio === undefined) return
  if (ratio.nano < ONE) errors.push(invalid(path, ratio.text, `ratio ${ratio.text} is less than 1`))
  if (min === undefined || max === undefined) return
  const whole = [ratio, min, max].some(({ nano }) => roundedUp(nano, ONE) >= MAX_MILLI_VALUE)
  const unit = whole ? ONE : MILLI
  const value = Number(roundedUp(ratio.nano, unit)) / (whole ? 1 : 1000)
  const limit = Number(roundedUp(max.nano, unit)) / Number(roundedUp(min.nano, unit))
  if (value <= limit) return
  errors.push(invalid(path, ratio.text, `ratio ${ratio.text} is greater than max/min = ${limit.toFixed(6)}`))
}

function roundedUp(nano: bigint, unit: bigint): bigint {
  return nano >= 0n ? (nano + unit - 1n) / unit : nano / unit
}
