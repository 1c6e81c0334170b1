// Module hooks for scenario scripts, run by Node in a thread of their own: TypeScript loses its types where Node itself does not take
// them away (before 22.18), lines staying where they are, and `@podwire/sim` is found from anywhere.
// Source: Node's module customization hooks, https://nodejs.org/docs/latest-v20.x/api/module.html#customization-hooks

import { readFile } from 'node:fs/promises'
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

export const load: LoadHook = async (url, context, next) => {
  if (nodeStripsTypes || !/^file:[^?]*\.m?ts(\?|$)/.test(url)) return next(url, context)
  const file = fileURLToPath(url)
  const { code } = transform(await readFile(file, 'utf8'), {
    filePath: file,
    transforms: ['typescript'],
    disableESTransforms: true,
  })
  return { format: 'module', source: code, shortCircuit: true }
}
