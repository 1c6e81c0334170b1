// The bounds a LimitRange sets: minimum, maximum, and how far a limit may lie above its request.
// Source: kubernetes plugin/pkg/admission/limitranger/admission.go (minConstraint, maxConstraint, limitRequestRatioConstraint).

import { compareKeys } from '@podwire/engine'
import type { LimitRangeItem } from '../objects/index.ts'
import { readList, type Resources } from '../quota/index.ts'
import { formatQuantity } from '../validation/quantity.ts'

/** What is measured: a container, a pod as a whole, or a claim. */
export interface Measured {
  readonly requests: Resources
  readonly limits: Resources
}

function sorted(list: Readonly<Record<string, string>> | undefined): Resources {
  return new Map([...readList(list)].sort(compareKeys))
}

function text(list: Resources, name: string): string {
  const quantity = list.get(name)
  return quantity === undefined ? '0' : formatQuantity(quantity)
}

function tooSmall({ type, min }: LimitRangeItem, { requests, limits }: Measured): readonly string[] {
  return [...sorted(min)].flatMap(([name, { nano }]) => {
    const rule = `minimum ${name} usage per ${type} is ${text(sorted(min), name)}`
    const request = requests.get(name)
    const limit = limits.get(name)
    if (request === undefined) return [`${rule}.  No request is specified`]
    if (request.nano < nano) return [`${rule}, but request is ${text(requests, name)}`]
    return limit !== undefined && limit.nano < nano ? [`${rule}, but limit is ${text(limits, name)}`] : []
  })
}

function tooLarge({ type, max }: LimitRangeItem, { requests, limits }: Measured): readonly string[] {
  return [...sorted(max)].flatMap(([name, { nano }]) => {
    const rule = `maximum ${name} usage per ${type} is ${text(sorted(max), name)}`
    const request = requests.get(name)
    const limit = limits.get(name)
    if (limit === undefined) return [`${rule}.  No limit is specified`]
    if (limit.nano > nano) return [`${rule}, but limit is ${text(limits, name)}`]
    return request !== undefined && request.nano > nano ? [`${rule}, but request is ${text(requests, name)}`] : []
  })
}

function tooWide({ type, maxLimitRequestRatio }: LimitRangeItem, { requests, limits }: Measured): readonly string[] {
  return [...sorted(maxLimitRequestRatio)].flatMap(([name, { nano }]) => {
    const rule = `${name} max limit to request ratio per ${type} is ${text(sorted(maxLimitRequestRatio), name)}`
    const request = requests.get(name)?.nano ?? 0n
    const limit = limits.get(name)?.nano ?? 0n
    if (request === 0n) return [`${rule}, but no request is specified or request is 0`]
    if (limit === 0n) return [`${rule}, but no limit is specified or limit is 0`]
    if (limit * 1_000_000_000n <= nano * request) return []
    return [`${rule}, but provided ratio is ${(Number(limit) / Number(request)).toFixed(6)}`]
  })
}

export function boundProblems(item: LimitRangeItem, measured: Measured): readonly string[] {
  return [...tooSmall(item, measured), ...tooLarge(item, measured), ...tooWide(item, measured)]
}

/** Claims only request. */
export function claimProblems({ type, min, max }: LimitRangeItem, requests: Resources): readonly string[] {
  const below = [...sorted(min)].flatMap(([name, { nano }]) => {
    const rule = `minimum ${name} usage per ${type} is ${text(sorted(min), name)}`
    const request = requests.get(name)
    if (request === undefined) return [`${rule}.  No request is specified`]
    return request.nano < nano ? [`${rule}, but request is ${text(requests, name)}`] : []
  })
  const above = [...sorted(max)].flatMap(([name, { nano }]) => {
    const rule = `maximum ${name} usage per ${type} is ${text(sorted(max), name)}`
    const request = requests.get(name)
    if (request === undefined) return [`${rule}.  No request is specified`]
    return request.nano > nano ? [`${rule}, but request is ${text(requests, name)}`] : []
  })
  return [...below, ...above]
}
