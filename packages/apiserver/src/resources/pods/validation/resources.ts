// Requests and limits of containers and of pods. Source: kubernetes core/validation (validateResourceRequirements,
// validatePodResourceConsistency, validateResourceClaimNames).

import { compareText } from '@podwire/engine'
import { sentEmpty } from '../../../decode/sent-empty.ts'
import type { PodSpec, ResourceClaim, ResourceRequirements } from '../../../objects/index.ts'
import type { FieldError } from '../../../validation/field-error.ts'
import {
  duplicate,
  forbiddenField,
  invalid,
  notFoundValue,
  pushProblems,
  required,
} from '../../../validation/field-errors.ts'
import { dnsLabel } from '../../../validation/names.ts'
import { compareAmounts, sumOfContainers, type Amounts } from '../resource-amounts.ts'
import { isHugePages, mayOvercommit, validateAmount, validateContainerResource } from '../../core/resource-names.ts'
import { hugePagesProblem, validatePodResourceName } from './resource-names.ts'

type NameRule = (name: string, path: string, errors: FieldError[]) => void

export function validateContainerResources(
  resources: ResourceRequirements,
  claims: ReadonlySet<string>,
  path: string,
  errors: FieldError[],
): void {
  validateRequirements(resources, validateContainerResource, path, errors)
  if (resources.claims !== undefined) validateClaims(resources.claims, claims, `${path}.claims`, errors)
}

function validateRequirements(
  { limits, requests }: ResourceRequirements,
  nameRule: NameRule,
  path: string,
  errors: FieldError[],
): void {
  if (limits === undefined && requests === undefined) return
  if (limits !== undefined) validateAmounts(limits, nameRule, `${path}.limits`, errors)
  if (requests !== undefined) validateRequests(requests, limits ?? {}, nameRule, path, errors)
  const names = [...Object.keys(limits ?? {}), ...Object.keys(requests ?? {})]
  if (names.some(isHugePages) && !names.includes('cpu') && !names.includes('memory')) {
    errors.push(forbiddenField(path, 'HugePages require cpu or memory'))
  }
}

function validateAmounts(amounts: Amounts, nameRule: NameRule, path: string, errors: FieldError[]): void {
  for (const name of Object.keys(amounts)) {
    validateNamedAmount(name, amounts[name] ?? '0', nameRule, `${path}[${name}]`, errors)
    validateHugePages(name, amounts[name] ?? '0', `${path}[${name}]`, errors)
  }
}

function validateNamedAmount(
  name: string,
  amount: string,
  nameRule: NameRule,
  path: string,
  errors: FieldError[],
): void {
  nameRule(name, path, errors)
  validateAmount(name, amount, path, errors)
}

function validateHugePages(name: string, amount: string, path: string, errors: FieldError[]): void {
  const problem = isHugePages(name) ? hugePagesProblem(name, amount) : undefined
  if (problem !== undefined) errors.push(invalid(path, amount, problem))
}

function validateRequests(
  requests: Amounts,
  limits: Amounts,
  nameRule: NameRule,
  path: string,
  errors: FieldError[],
): void {
  const at = `${path}.requests`
  for (const name of Object.keys(requests)) {
    const amount = requests[name] ?? '0'
    validateNamedAmount(name, amount, nameRule, `${at}[${name}]`, errors)
    const limit = Object.hasOwn(limits, name) ? limits[name] : undefined
    const order = limit === undefined ? 0 : compareAmounts(amount, limit)
    if (limit === undefined && !mayOvercommit(name)) {
      errors.push(required(`${path}.limits`, 'Limit must be set for non overcommitable resources'))
    } else if (order !== 0 && !mayOvercommit(name)) {
      errors.push(invalid(at, amount, `must be equal to ${name} limit of ${limit ?? ''}`))
    } else if (order > 0)
      errors.push(invalid(at, amount, `must be less than or equal to ${name} limit of ${limit ?? ''}`))
    validateHugePages(name, amount, `${at}[${name}]`, errors)
  }
}

function validateClaims(
  claims: readonly ResourceClaim[],
  known: ReadonlySet<string>,
  path: string,
  errors: FieldError[],
): void {
  const taken = new Set<string>()
  for (const [index, claim] of claims.entries()) validateClaim(claim, taken, known, `${path}[${index}]`, errors)
}

function validateClaim(
  { name = '', request = '' }: ResourceClaim,
  taken: Set<string>,
  known: ReadonlySet<string>,
  path: string,
  errors: FieldError[],
): void {
  if (name === '') {
    errors.push(required(path))
    return
  }
  if (taken.has(name)) errors.push(duplicate(path, name))
  else {
    const key = request === '' ? name : `${name}/${request}`
    if (request !== '') pushProblems(dnsLabel(request), `${path}.request`, request, errors)
    if (taken.has(key)) errors.push(duplicate(path, key))
    // Who claims a device whole has claimed its parts.
    const parts = request === '' ? [...taken].filter((other) => other.startsWith(`${name}/`)) : []
    for (const _part of parts) errors.push(duplicate(path, name))
    taken.add(key)
  }
  if (known.has(name)) return
  const list = [...known].sort(compareText).join(', ')
  const which = known.size === 0 ? ' which is empty' : `: ${list}`
  errors.push(notFoundValue(path, name, `must be one of the names in pod.spec.resourceClaims${which}`))
}

/** What the pod as a whole may use. */
export function validatePodResources(
  spec: PodSpec,
  claims: ReadonlySet<string>,
  path: string,
  errors: FieldError[],
): void {
  const { resources } = spec
  if (resources === undefined) return
  const at = `${path}.resources`
  if (spec.os?.name === 'windows') {
    errors.push(forbiddenField(at, 'may not be set for a windows pod'))
    return
  }
  if (resources.claims !== undefined || sentEmpty(resources, 'claims') !== undefined) {
    errors.push(forbiddenField(`${at}.claims`, 'claims may not be set for Resources at pod-level'))
  }
  validateRequirements(resources, validatePodResourceName, at, errors)
  if (resources.claims !== undefined) validateClaims(resources.claims, claims, `${at}.claims`, errors)
  validateShares(spec, resources, at, errors)
}

/** Containers stay within what the pod has. */
function validateShares(
  spec: PodSpec,
  { requests = {}, limits = {} }: ResourceRequirements,
  path: string,
  errors: FieldError[],
): void {
  for (const [name, sum] of sumOfContainers(spec, 'requests')) {
    const amount = Object.hasOwn(requests, name) ? requests[name] : undefined
    if (amount === undefined || compareAmounts(sum, amount) <= 0) continue
    const text = `must be greater than or equal to aggregate container requests of ${sum}`
    errors.push(invalid(`${path}.requests[${name}]`, amount, text))
  }
  for (const [name, sum] of sumOfContainers(spec, 'limits')) {
    const amount = isHugePages(name) && Object.hasOwn(limits, name) ? limits[name] : undefined
    if (amount === undefined || compareAmounts(sum, amount) <= 0) continue
    const text = `must be greater than or equal to aggregate container limits of ${sum}`
    errors.push(invalid(`${path}.limits[${name}]`, amount, text))
  }
  for (const [index, { resources }] of spec.containers.entries()) {
    for (const [name, amount] of Object.entries(resources?.limits ?? {})) {
      const most = Object.hasOwn(limits, name) ? limits[name] : undefined
      if (most === undefined || compareAmounts(amount, most) <= 0) continue
      const text = `must be less than or equal to pod limits of ${most}`
      errors.push(invalid(`${path}.containers[${index}][${name}].limits`, amount, text))
    }
  }
}
