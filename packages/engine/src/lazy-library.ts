// Libraries that few clusters need, loaded when they are first used. Loading is synchronous, because who needs them is. The build
// makes a CommonJS file of each (`imports` in the package's package.json), which also loads where ES modules cannot be required: in
// jest, and in vitest's vm pools.

import { createRequire } from 'node:module'

/**
 * @param from `import.meta.url` of a module of the package that has the library
 * @param name of `#libraries/NAME`
 * @returns a function that gives the library, loading it the first time; its caller knows the type
 */
export function lazyLibrary(from: string, name: string): () => unknown {
  let loaded: unknown
  return () => (loaded ??= createRequire(from)(`#libraries/${name}`))
}
