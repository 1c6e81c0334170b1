// Durations as scenarios write them: are they any, and are they more than nothing.

import { parseDuration, PodwireError } from '@podwire/engine'

export function isDuration(text: string): boolean {
  return microseconds(text) !== undefined
}

export function isNothing(text: string): boolean {
  return microseconds(text) === 0
}

function microseconds(text: string): number | undefined {
  try {
    return parseDuration(text)
  } catch (error) {
    if (error instanceof PodwireError) return undefined
    throw error
  }
}
