// The media types of patches that become updates; server-side apply is a path of its own.

import type { PatchType } from '../client/client.ts'

export const PATCH_TYPES: ReadonlyMap<string, PatchType> = new Map([
  ['application/json-patch+json', 'json'],
  ['application/merge-patch+json', 'merge'],
  ['application/strategic-merge-patch+json', 'strategic'],
])

/** Server-side apply, which is no patch of what is there. */
export const APPLY_PATCH = 'application/apply-patch+yaml'
