// A mapping that is of one of several kinds, told apart by a key only that kind has: `get: …`, `fetch: …`. Its faults are those
// of that kind alone, where a plain union would list what every kind has against it.

import { z } from 'zod'
import { isRecord } from '@podwire/apiserver'
import { didYouMean } from '../arguments/did-you-mean.ts'
import { documentErrors } from './document-errors.ts'

type Kinds = Readonly<Record<string, z.ZodType>>

/** @param what names the thing in messages: `a check` */
export function oneOfKinds<K extends Kinds>(what: string, kinds: K): z.ZodType<z.infer<K[keyof K]>> {
  const keys = Object.keys(kinds)
  return z.unknown().transform((value, context): z.infer<K[keyof K]> => {
    const [key, another] = isRecord(value) ? keys.filter((name) => Object.hasOwn(value, name)) : []
    if (key !== undefined && another !== undefined) {
      context.addIssue({
        code: 'custom',
        message: `${what} has one kind, and this has ${key} and ${another}: write two`,
      })
      return z.NEVER
    }
    const schema = key === undefined ? undefined : kinds[key]
    if (schema === undefined) {
      const meant = isRecord(value) ? meantKey(Object.keys(value), keys) : ''
      context.addIssue({ code: 'custom', message: `${what} has one of the keys ${keys.join(', ')}${meant}` })
      return z.NEVER
    }
    const parsed = schema.safeParse(value, { error: documentErrors })
    if (parsed.success) return parsed.data as z.infer<K[keyof K]>
    for (const issue of parsed.error.issues) context.issues.push({ ...issue, input: value } as z.core.$ZodRawIssue)
    return z.NEVER
  })
}

function meantKey(given: readonly string[], keys: readonly string[]): string {
  for (const key of given) {
    const meant = didYouMean(key, keys)
    if (meant !== undefined) return `; did you mean ${meant} in place of ${key}?`
  }
  return ''
}
