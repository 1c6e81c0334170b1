// Options objects: which there are, and what each has to look like. The type makes the table whole: an option that an interface gains
// does not compile until its shape is here.

import { didYouMean } from './did-you-mean.ts'
import { isPlain, refuse, type Misfit, type Shape } from './shape.ts'

export type OptionShapes<T> = { readonly [K in keyof Required<T>]: Shape }

export interface OptionsShape<T> extends Shape {
  readonly options: OptionShapes<T>
}

/**
 * Options that may each be left out, or be undefined.
 * @param needed those that may not
 */
export function options<T>(shapes: OptionShapes<T>, ...needed: readonly (keyof T & string)[]): OptionsShape<T> {
  const names = Object.keys(shapes)
  const wanted = names.length === 0 ? 'an object' : `an object with ${names.join(', ')}`
  const misfit = (given: unknown, at: string): Misfit | undefined => {
    if (!isPlain(given)) return refuse(given, at, wanted)
    for (const [option, one] of Object.entries(given)) {
      const shape = Object.hasOwn(shapes, option) ? (shapes as Readonly<Record<string, Shape>>)[option] : undefined
      if (shape === undefined) return unknown(option, at, names)
      if (one === undefined) continue
      const found = shape.misfit(one, at === '' ? option : `${at}.${option}`)
      if (found !== undefined) return found
    }
    const missing = needed.find((option) => given[option] === undefined)
    if (missing === undefined) return undefined
    const shape = (shapes as Readonly<Record<string, Shape>>)[missing]
    return {
      reason: `${at === '' ? '' : `${at}.`}${missing} is missing`,
      remedy: `Give ${shape?.wanted ?? 'it'}.`,
    }
  }
  return { wanted, options: shapes, fits: isPlain, misfit }
}

function unknown(option: string, at: string, names: readonly string[]): Misfit {
  const meant = didYouMean(option, names)
  const where = at === '' ? '' : ` in ${at}`
  return {
    reason: `there is no option ${JSON.stringify(option)}${where}`,
    remedy: meant === undefined ? `There are ${names.join(', ')}.` : `Did you mean ${meant}?`,
  }
}
