// What zod finds wrong with a document, in words for the person who wrote it: what to write instead, and which field or word was
// probably meant.

import type { z } from 'zod'
import { didYouMean } from '../arguments/did-you-mean.ts'

const KINDS: Readonly<Record<string, string>> = {
  string: 'write a text',
  number: 'write a number',
  int: 'write a whole number',
  boolean: 'write true or false',
  array: 'write a list',
  object: 'write a mapping: names, each with a value',
  record: 'write a mapping: names, each with a value',
}

/** For `safeParse`; what a schema says by itself goes before it. */
export function documentErrors(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return KINDS[issue.expected]
    case 'invalid_value':
      return wordWanted(issue.input, issue.values.map(String))
    case 'unrecognized_keys':
      // One line a key.
      return issue.keys.map((key) => unknownField(key, fieldsOf(issue.inst))).join('\n')
    case 'too_small':
      return issue.origin === 'array' ? 'this list is empty' : `write ${issue.minimum.toString()} or more`
    case 'too_big':
      return `write ${issue.maximum.toString()} or less`
    default:
      return undefined
  }
}

function wordWanted(given: unknown, words: readonly string[]): string {
  const wanted = words.length === 1 ? `write ${words.join('')}` : `write one of ${words.join(', ')}`
  const meant = typeof given === 'string' ? didYouMean(given, words) : undefined
  return meant === undefined ? wanted : `${wanted} (did you mean ${meant}?)`
}

function unknownField(key: string, fields: readonly string[]): string {
  const meant = didYouMean(key, fields)
  return `there is no field ${JSON.stringify(key)} here${meant === undefined ? '' : `; did you mean ${meant}?`}`
}

/** Of a mapping's schema: the fields it knows. */
function fieldsOf(schema: unknown): readonly string[] {
  const shape: unknown = typeof schema === 'object' && schema !== null ? Reflect.get(schema, 'shape') : undefined
  if (typeof shape === 'object' && shape !== null) return Object.keys(shape)
  const definition: unknown = typeof schema === 'object' && schema !== null ? Reflect.get(schema, '_zod') : undefined
  const inner = (definition as { readonly def?: { readonly shape?: object } } | undefined)?.def?.shape
  return Object.keys(inner ?? {})
}
