// What a text or a number should be, as data: what checks of labs and scenarios are made of.

import { z } from 'zod'

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'm') instanceof RegExp
  } catch {
    return false
  }
}

export const nonEmpty = z.string('write a text').min(1, 'this text is empty')
export const pattern = nonEmpty.refine(isPattern, 'this is no regular expression')
const texts = z
  .union([nonEmpty, z.array(nonEmpty).min(1)], 'write a text or a list of texts')
  .transform((value) => (typeof value === 'string' ? [value] : value))

const least = z.int('write a whole number').nonnegative()

const AMOUNT = 'write a whole number, or { min: …, max: … }'
const range = z
  .strictObject({ min: least.optional(), max: least.optional() }, AMOUNT)
  .refine(({ min = 0, max = Infinity }) => min <= max, 'max is less than min: no number is between them')

export const amount = z.union([least, range], AMOUNT)
export type Amount = z.infer<typeof amount>

/** All that is said has to hold. `is` is compared without blanks at the ends, `matches` line by line. */
export const textExpectation = z
  .strictObject({
    is: z.string().optional(),
    contains: texts.optional(),
    lacks: texts.optional(),
    matches: pattern.optional(),
  })
  .refine((value) => Object.keys(value).length > 0, 'say what is expected: is, contains, lacks or matches')
export type TextExpectation = z.infer<typeof textExpectation>
