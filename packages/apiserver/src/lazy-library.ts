// Libraries that few clusters need, loaded when they are first used. Loading is synchronous, because the request pipeline is; Node
// (20.19 and later) loads ES modules so, too. What is loaded this way stays outside the bundle.

import { createRequire } from 'node:module'

const load = createRequire(import.meta.url)

/** @returns a function that gives the library, loading it the first time; its caller knows the type */
export function lazyLibrary(name: string): () => unknown {
  let loaded: unknown
  return () => (loaded ??= load(name))
}
