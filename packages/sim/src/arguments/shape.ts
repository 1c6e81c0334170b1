// What an argument of a public call has to look like, as a value: `wholeNumber(1)`, `oneOf('once', 'each')`, `listOf(text)`. A shape says
// of a value what is wrong with it and what to give instead. Callers in JavaScript give anything, and a misspelt option must not be
// silently passed over. (zod, which reads files here, would cost a third of what importing all of podwire costs.)

import { isIP } from 'node:net'
import { inspect } from 'node:util'
import { parseDuration, type Duration } from '@podwire/engine'
import { didYouMean } from './did-you-mean.ts'

export interface Misfit {
  /** `nodes is "three"` */
  readonly reason: string
  /** `Give a whole number from 1.` */
  readonly remedy: string
}

export interface Shape {
  /** Completes "Give …". */
  readonly wanted: string
  /** Is it of this kind at all? What is wrong with the rest of it is `misfit`'s to say. */
  fits(value: unknown): boolean
  /** @param at names the value: `nodes[0].zone` */
  misfit(value: unknown, at: string): Misfit | undefined
}

/** A value that a test decides about. */
export function value(wanted: string, holds: (value: unknown) => boolean): Shape {
  return { wanted, fits: holds, misfit: (given, at) => (holds(given) ? undefined : refuse(given, at, wanted)) }
}

export function refuse(given: unknown, at: string, wanted: string): Misfit {
  return { reason: `${at} is ${shown(given)}`, remedy: `Give ${wanted}.` }
}

const isText = (given: unknown): given is string => typeof given === 'string'
const isFilled = (given: unknown): boolean => isText(given) && given !== ''

/** What is looked at elsewhere, with a message of its own. */
export const anything: Shape = value('anything', () => true)
export const text: Shape = value('a text', isText)
export const name: Shape = value('a name', isFilled)
export const textOrPattern: Shape = value(
  'a text or a regular expression',
  (given) => isText(given) || given instanceof RegExp,
)
export const flag: Shape = value('true or false', (given) => typeof given === 'boolean')
export const aFunction: Shape = value('a function', (given) => typeof given === 'function')
export const address: Shape = value('an IP address', (given) => isText(given) && isIP(given) !== 0)
export const positive: Shape = value('a number above 0', (given) => Number.isFinite(given) && (given as number) > 0)
export const atLeast0: Shape = value('a number from 0', (given) => Number.isFinite(given) && (given as number) >= 0)
export const bytes: Shape = value('a text, or bytes', (given) => isText(given) || given instanceof Uint8Array)
export const date: Shape = value('a Date', (given) => given instanceof Date)
export const duration: Shape = value("milliseconds, or a text such as '30s' or '1m30s'", isDuration)

export function wholeNumber(from?: number, to?: number): Shape {
  const range = from === undefined ? '' : to === undefined ? ` from ${from}` : ` from ${from} to ${to}`
  return value(`a whole number${range}`, (given) => {
    if (!Number.isSafeInteger(given)) return false
    return (given as number) >= (from ?? -Infinity) && (given as number) <= (to ?? Infinity)
  })
}

/** The same under another description. */
export const described = (wanted: string, shape: Shape): Shape => value(wanted, (given) => shape.fits(given))

/** One of some words. */
export function oneOf(...words: readonly string[]): Shape {
  const wanted = alternatives(words.map((word) => `'${word}'`))
  const fits = (given: unknown): boolean => isText(given) && words.includes(given)
  return {
    wanted,
    fits,
    misfit: (given, at) => {
      if (fits(given)) return undefined
      const meant = isText(given) ? didYouMean(given, words) : undefined
      const misfit = refuse(given, at, wanted)
      return meant === undefined ? misfit : { ...misfit, remedy: `Did you mean '${meant}'? There are ${wanted}.` }
    },
  }
}

export function listOf(item: Shape, wanted = `a list, each of it ${item.wanted}`): Shape {
  return {
    wanted,
    fits: (given) => Array.isArray(given),
    misfit: (given, at) => {
      if (!Array.isArray(given)) return refuse(given, at, wanted)
      for (const [index, one] of given.entries()) {
        const misfit = item.misfit(one, `${at}[${index}]`)
        if (misfit !== undefined) return misfit
      }
      return undefined
    },
  }
}

/** Any number of entries under names of the caller's own: labels, headers. */
export function recordOf(item: Shape, wanted = `an object of texts`): Shape {
  return {
    wanted,
    fits: isPlain,
    misfit: (given, at) => {
      if (!isPlain(given)) return refuse(given, at, wanted)
      for (const [key, one] of Object.entries(given)) {
        const misfit = item.misfit(one, `${at}[${JSON.stringify(key)}]`)
        if (misfit !== undefined) return misfit
      }
      return undefined
    },
  }
}

/** The first kind that a value is of decides. */
export function either(...shapes: readonly Shape[]): Shape {
  const wanted = shapes.map((shape) => shape.wanted).join(', or ')
  const fits = (given: unknown): boolean => shapes.some((shape) => shape.fits(given))
  return {
    wanted,
    fits,
    misfit: (given, at) => {
      const shape = shapes.find((one) => one.fits(given))
      return shape === undefined ? refuse(given, at, wanted) : shape.misfit(given, at)
    },
  }
}

/** Has these members, whatever else it is: an image, a handle, a report. */
export function having(wanted: string, ...members: readonly string[]): Shape {
  return value(wanted, (given) => {
    const isObject = (typeof given === 'object' && given !== null) || typeof given === 'function'
    return isObject && members.every((member) => member in given)
  })
}

export function isPlain(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === 'object' && given !== null && !Array.isArray(given)
}

function isDuration(given: unknown): boolean {
  try {
    parseDuration(given as Duration)
    return true
  } catch {
    return false
  }
}

function alternatives(words: readonly string[]): string {
  const last = words.at(-1) ?? ''
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`
}

const SHORT = { depth: 1, maxArrayLength: 3, maxStringLength: 40, breakLength: Infinity, compact: true } as const

/** A value in a message, short. */
export function shown(given: unknown): string {
  if (typeof given === 'string') return JSON.stringify(given)
  if (typeof given === 'function') return 'a function'
  if (given instanceof Promise) return 'a promise (await it)'
  if (typeof given !== 'object' || given === null) return String(given)
  const prototype: unknown = Object.getPrototypeOf(given)
  if (Array.isArray(given) || prototype === Object.prototype || prototype === null) return inspect(given, SHORT)
  return `a ${given.constructor.name}`
}
