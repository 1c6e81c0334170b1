// Folders that come with podwire and are read at run time: in an installed package they lie beside `dist`, in the repository at its
// top, where people look for them.

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** @returns the folder's path on this machine */
export function shippedFolder(name: 'examples' | 'labs'): string {
  const installed = new URL(`../../${name}/`, import.meta.url)
  return fileURLToPath(existsSync(installed) ? installed : new URL(`../../../../${name}/`, import.meta.url))
}
