// Values of command-line options: read, or refused with a sentence that says what is wanted.

import { InvalidArgumentError } from 'commander'
import { parseDuration, PodwireError, type Microseconds } from '@podwire/engine'
import { INGRESS_CONTROLLERS, type IngressControllerName } from '../system/ingress-controller-names.ts'

/** Takes a subcommand's work; its number becomes the exit status. */
export type Finish = (work: Promise<number>) => Promise<void>

export function wholeNumber(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= low && value <= high) return value
    throw new InvalidArgumentError(`It is a whole number from ${low} to ${high}.`)
  }
}

export function positiveNumber(text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0) return value
  throw new InvalidArgumentError('It is a number greater than 0.')
}

/** Virtual time since a cluster's start. */
export function virtualTime(text: string): Microseconds {
  try {
    return parseDuration(text)
  } catch (error) {
    if (!(error instanceof PodwireError)) throw error
    throw new InvalidArgumentError('It is a time since the start, like 90s, 1m30s or 2m0.5s.')
  }
}

/** A span of time, as Go prints it. */
export function duration(text: string): Microseconds {
  try {
    return parseDuration(text)
  } catch (error) {
    if (!(error instanceof PodwireError)) throw error
    throw new InvalidArgumentError('It is a duration, like 90s or 1m30s.')
  }
}

export function integer(text: string): number {
  if (/^-?\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text)
  throw new InvalidArgumentError('It is a whole number.')
}

/** For options that may be given more than once. */
export function collect(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value]
}

/** As `collect`, with several values behind commas: pflag's string slices. */
export function collectList(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, ...value.split(',').filter((part) => part !== '')]
}

/** Go's flag values of yes and no. */
export function truth(text: string): boolean {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false
  throw new InvalidArgumentError('It is true or false.')
}

type Given<T> = { [K in keyof T]: Exclude<T[K], undefined> }

/** Without the options nobody gave. */
export function given<T extends object>(options: T): Given<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Given<T>
}

/** Ingress controllers by name. */
export function ingressList(text: string): boolean | readonly IngressControllerName[] {
  return text.split(',').map((part) => {
    const name = INGRESS_CONTROLLERS.find((known) => known === part.trim())
    if (name === undefined) throw new InvalidArgumentError(`They are ${INGRESS_CONTROLLERS.join(', ')}.`)
    return name
  })
}
