// The CEL library, loaded when the first definition has a rule: a cluster without rules never reads it.

import type * as Cel from '@marcbachmann/cel-js'
import { lazyLibrary } from '../../lazy-library.ts'

export const loadCel = lazyLibrary('cel-js') as () => typeof Cel

/** A Duration as the library makes it: it exports no class for them. */
export function durationOf(text: string): unknown {
  return loadCel().evaluate('duration(text)', { text })
}
