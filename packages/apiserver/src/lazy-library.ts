// Libraries that few clusters need, loaded when they are first used. Loading is synchronous, because the request pipeline is. The build
// makes a CommonJS file of each (`imports` in package.json), which also loads where ES modules cannot be required: in jest, and in
// vitest's vm pools.

import { createRequire } from 'node:module'

const load = createRequire(import.meta.url)

/**
 * @param name of `#libraries/NAME`
 * @returns a function that gives the library, loading it the first time; its caller knows the type
 */
export function lazyLibrary(name: string): () => unknown {
  let loaded: unknown
  return () => (loaded ??= load(`#libraries/${name}`))
}
