// Pathname expansion on a file tree. Names that start with a dot match only a written dot; no match leaves the word as it is.

import type { FileTree } from '../file-tree.ts'
import { joinPath, resolvePath } from '../files/path.ts'
import { hasPattern, matchesPattern, unescapePattern } from './pattern.ts'

/** Matching paths by code unit; empty when there are none. */
export function expandPath(files: FileTree, directory: string, pattern: string): readonly string[] {
  const absolute = pattern.startsWith('/')
  const parts = pattern.split('/').filter((part) => part !== '')
  let found: { readonly shown: string; readonly path: string }[] = [
    { shown: absolute ? '/' : '', path: absolute ? '/' : directory },
  ]
  for (const [index, part] of parts.entries()) {
    const last = index === parts.length - 1
    found = found.flatMap((at) => matchPart(files, at, part, !last || pattern.endsWith('/')))
  }
  const shown = found.map((one) => (pattern.endsWith('/') ? `${one.shown}/` : one.shown))
  return shown.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}

function matchPart(
  files: FileTree,
  at: { readonly shown: string; readonly path: string },
  part: string,
  onlyDirectories: boolean,
): { readonly shown: string; readonly path: string }[] {
  const below = (name: string): { readonly shown: string; readonly path: string } => ({
    shown: at.shown === '' ? name : joinPath(at.shown, name),
    path: name === '.' || name === '..' ? resolvePath(at.path, name) : joinPath(at.path, name),
  })
  if (!hasPattern(part)) {
    const one = below(unescapePattern(part))
    const directory = files.list(one.path) !== undefined
    return directory || (!onlyDirectories && files.read(one.path) !== undefined) ? [one] : []
  }
  const names = files.list(at.path) ?? []
  return names
    .filter((name) => (name.startsWith('.') ? part.startsWith('.') : true) && matchesPattern(name, part))
    .map(below)
    .filter((one) => !onlyDirectories || files.list(one.path) !== undefined)
}
