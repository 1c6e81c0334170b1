// What a public call takes, argument by argument, and the one sentence for a call that does not fit.

import { PodwireError } from '@podwire/engine'
import type { Shape } from './shape.ts'

export interface Parameter {
  /** As messages name it: `url`. An options object has none: its options are named. */
  readonly name: string
  readonly shape: Shape
  readonly optional: boolean
}

export type Signature = readonly Parameter[]

export const needs = (name: string, shape: Shape): Parameter => ({ name, shape, optional: false })
export const may = (name: string, shape: Shape): Parameter => ({ name, shape, optional: true })
/** Options at the end. */
export const takes = (shape: Shape): Parameter => ({ name: '', shape, optional: true })

/**
 * @param action completes "Failed to …"
 * @throws PodwireError in one sentence: which argument, why, what to give
 */
export function checkArguments(action: string, signature: Signature, args: readonly unknown[]): void {
  for (const [index, { name, shape, optional }] of signature.entries()) {
    const given = args[index]
    if (optional && given === undefined) continue
    const misfit = shape.misfit(given, name)
    if (misfit === undefined) continue
    // An options object that is none has no name of its own.
    throw new PodwireError(action, misfit.reason.replace(/^ is /, 'options is '), misfit.remedy)
  }
  const surplus = args.slice(signature.length).findLastIndex((given) => given !== undefined)
  if (surplus < 0) return
  const names = signature.map(({ name }) => (name === '' ? 'options' : name))
  throw new PodwireError(
    action,
    `it was given ${signature.length + surplus + 1} arguments`,
    names.length === 0 ? 'It takes none.' : `It takes ${names.join(', ')}.`,
  )
}
