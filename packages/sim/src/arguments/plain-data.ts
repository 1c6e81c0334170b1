// Objects that become JSON on their way to the API server, looked at before they do: what JSON cannot say would be left out or
// turned into something else without a word, and what contains itself has no end.

import { shown, type Misfit } from './shape.ts'

/** The first part that is no data; lists and mappings may stand in several places, but not in themselves. */
export function dataMisfit(value: unknown, at: string): Misfit | undefined {
  return misfitIn(value, at, [])
}

/** So deep goes no manifest; whoever goes on would run out of stack. */
const DEEPEST = 500

function misfitIn(value: unknown, at: string, around: readonly object[]): Misfit | undefined {
  if (typeof value !== 'object' || value === null) return scalarMisfit(value, at)
  if (around.includes(value)) return { reason: `${at} contains itself`, remedy: 'Give an object that has an end.' }
  if (around.length > DEEPEST) return { reason: 'it is nested too deeply', remedy: `Nest at most ${DEEPEST} deep.` }
  const inside = [...around, value]
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const misfit = misfitIn(item, `${at}[${index}]`, inside)
      if (misfit !== undefined) return misfit
    }
    return undefined
  }
  if (value instanceof Map || value instanceof Set)
    return { reason: `${at} is ${shown(value)}`, remedy: 'Give a plain object or a list.' }
  if (value instanceof Promise) return { reason: `${at} is ${shown(value)}`, remedy: 'Give what it comes to.' }
  // It says itself what it is as JSON: a Date.
  if ('toJSON' in value) return undefined
  for (const [key, item] of Object.entries(value)) {
    const misfit = misfitIn(item, at === '' ? key : `${at}.${key}`, inside)
    if (misfit !== undefined) return misfit
  }
  return undefined
}

function scalarMisfit(value: unknown, at: string): Misfit | undefined {
  const isOdd = typeof value === 'number' ? !Number.isFinite(value) : ODD.has(typeof value)
  if (!isOdd) return undefined
  const said = typeof value === 'bigint' ? `${value}n` : shown(value)
  return { reason: `${at} is ${said}`, remedy: 'Give a text, a number, true, false, null, a list or a mapping.' }
}

const ODD: ReadonlySet<string> = new Set(['function', 'symbol', 'bigint'])
