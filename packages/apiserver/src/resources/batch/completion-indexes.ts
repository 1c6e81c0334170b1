// Sets of completion indexes as Jobs write them: `0,2-4,7`. Source: kubernetes batch/validation (validateIndexesFormat,
// parseIndexInterval, validateFailedIndexesNotOverlapCompleted); problems in its words.

import { quote } from '../../validation/field-errors.ts'

interface Interval {
  readonly first: number
  readonly last: number
}

/** How many indexes the text names, or what is wrong with it. */
export function countIndexes(text: string, completions: number): number | string {
  if (text === '') return 0
  let total = 0
  let previous: number | undefined
  for (const part of text.split(',')) {
    const interval = parseInterval(part, completions)
    if (typeof interval === 'string') return interval
    if (previous !== undefined && previous >= interval.first) return notIncreasing(previous, interval.first)
    total += interval.last - interval.first + 1
    previous = interval.last
  }
  return total
}

function notIncreasing(previous: number, current: number): string {
  return `non-increasing order, previous: ${previous}, current: ${current}`
}

function parseInterval(text: string, completions: number): Interval | string {
  const limits = text.split('-')
  if (limits.length > 2) {
    return `the fragment ${quote(text)} violates the requirement that an index interval can have at most two parts separated by '-'`
  }
  const first = parseIndex(limits[0] ?? '', completions)
  if (typeof first === 'string') return first
  const [, end] = limits
  if (end === undefined) return { first, last: first }
  const last = parseIndex(end, completions)
  if (typeof last === 'string') return last
  return first >= last ? notIncreasing(first, last) : { first, last }
}

function parseIndex(text: string, completions: number): number | string {
  const index = Number(text)
  if (!/^\+?\d+$/.test(text) || index >= 2 ** 63) return `cannot convert string to integer for index: ${quote(text)}`
  return index >= completions ? `too large index: ${quote(text)}` : index
}

/** What is wrong when an index is in both sets; parts that cannot be read are passed over. */
export function overlapProblem(completed: string, failed: string, completions: number): string | undefined {
  const [done, lost] = [readable(completed, completions), readable(failed, completions)]
  let [at, other] = [0, 0]
  for (;;) {
    const [a, b] = [done[at], lost[other]]
    if (a === undefined || b === undefined) return undefined
    if (a.first <= b.last && b.first <= a.last) {
      return `failedIndexes and completedIndexes overlap at index: ${Math.max(a.first, b.first)}`
    }
    if (a.first <= b.first) at++
    else other++
  }
}

function readable(text: string, completions: number): readonly Interval[] {
  const parts = text === '' ? [] : text.split(',')
  return parts.map((part) => parseInterval(part, completions)).filter((part) => typeof part !== 'string')
}
