// The CEL library, loaded when the first definition has a rule: a cluster without rules never reads it. It is an ES module;
// Node (20.19 and later) loads those synchronously too, and the pipeline is synchronous.

import { createRequire } from 'node:module'
import type * as Cel from '@marcbachmann/cel-js'

let loaded: typeof Cel | undefined

export function loadCel(): typeof Cel {
  loaded ??= createRequire(import.meta.url)('@marcbachmann/cel-js') as typeof Cel
  return loaded
}

/** A Duration as the library makes it: it exports no class for them. */
export function durationOf(text: string): unknown {
  return loadCel().evaluate('duration(text)', { text })
}
