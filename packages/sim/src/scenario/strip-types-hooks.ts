// Module hooks for scenario scripts, run by Node in a thread of their own: TypeScript loses its types where Node itself does not take
// them away (before 22.18), lines staying where they are, and `@podwire/sim` is found from anywhere.
// Source: Node's module customization hooks, https://nodejs.org/docs/latest-v20.x/api/module.html#customization-hooks

import { readFileSync } from 'node:fs'
import type { LoadHook, ResolveHook } from 'node:module'
import { fileURLToPath } from 'node:url'
import { transform } from 'sucrase'

const ME = '@podwire/sim'
/** `strip` or `transform` where Node does it. */
const nodeStripsTypes = 'typescript' in process.features && process.features.typescript !== false

/** A script that has podwire installed beside it takes that one; any other gets the podwire that runs it. */
export const resolve: ResolveHook = async (specifier, context, next) => {
  if (specifier !== ME) return next(specifier, context)
  try {
    return await next(specifier, context)
  } catch {
    return next(specifier, { ...context, parentURL: import.meta.url })
  }
}

export const load: LoadHook = (url, context, next) => {
  if (nodeStripsTypes || !/^file:[^?]*\.m?ts(\?|$)/.test(url)) return next(url, context)
  return { format: 'module', source: withoutTypes(fileURLToPath(url)), shortCircuit: true }
}

/** A script is loaded once for each seed, and mostly says what it said before. */
const stripped = new Map<string, { readonly text: string; readonly code: string }>()

function withoutTypes(file: string): string {
  // This thread has nothing else to do meanwhile.
  const text = readFileSync(file, 'utf8')
  const known = stripped.get(file)
  if (known?.text === text) return known.code
  const { code } = transform(text, { filePath: file, transforms: ['typescript'], disableESTransforms: true })
  stripped.set(file, { text, code })
  return code
}
