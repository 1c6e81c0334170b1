// Query parameters become option values as the server reads them: the first value of a name counts, anything but `0` and
// `false` is true, and numbers are refused in strconv's words. Source: apimachinery runtime/conversion.go,
// meta/v1/zz_generated.conversion.go.

import { badRequest } from '../status/errors.ts'
import { quote } from '../validation/field-errors.ts'
import { integerProblem } from '../validation/go-integer.ts'

/** @throws StatusError 400 in strconv's words; undefined when the parameter is absent */
export function int64Parameter(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  const problem = integerProblem(text)
  if (problem !== undefined) throw badRequest(problem)
  return Number(text)
}

/** Only the absence of a value, `0` and `false` are false: an empty value is true. */
export function booleanParameter(query: URLSearchParams, name: string): boolean | undefined {
  const text = query.get(name)
  return text === null ? undefined : text !== '0' && text.toLowerCase() !== 'false'
}

/** What strconv says of a resourceVersion in an object; undefined when it is one, or empty. */
export function writtenVersionProblem(text: string): string | undefined {
  return text === '' ? undefined : integerProblem(text, 'ParseUint')
}

/** What is wrong with a resourceVersion that is asked for, as the storage says it; undefined when it is one (or empty). */
export function resourceVersionProblem(text: string): string | undefined {
  const problem = writtenVersionProblem(text)
  return problem === undefined ? undefined : `resourceVersion: Invalid value: ${quote(text)}: ${problem}`
}
