// Following symbolic links on a path: what path_resolution(7) says, with Linux's limit of 40. Paths are taken apart before they are
// followed: `link/..` is the directory the link lies in, not the parent of its target.

import { ShellFileError, type FileTree } from '../file-tree.ts'
import { joinPath, resolvePath } from './path.ts'

const LINKS_MAX = 40

/**
 * @param path absolute, as `resolvePath` gives it
 * @param last whether a link at the very end is followed too
 * @returns the path without links on it; undefined when they lead in a circle
 */
export function followLinks(
  readLink: (path: string) => string | undefined,
  path: string,
  last: boolean,
): string | undefined {
  let whole = path
  let followed = 0
  for (let at = 1; at < whole.length;) {
    const slash = whole.indexOf('/', at)
    const end = slash < 0 ? whole.length : slash
    const target = slash < 0 && !last ? undefined : readLink(whole.slice(0, end))
    if (target === undefined) {
      at = end + 1
      continue
    }
    if (++followed > LINKS_MAX) return undefined
    const directory = whole.slice(0, at - 1)
    const reached = resolvePath(directory === '' ? '/' : directory, target)
    whole = slash < 0 ? reached : joinPath(reached, whole.slice(slash + 1))
    at = 1
  }
  return whole
}

/** As `followLinks`, for what changes files. @throws ShellFileError ELOOP */
export function followLinksToChange(
  readLink: (path: string) => string | undefined,
  path: string,
  last: boolean,
): string {
  const followed = followLinks(readLink, path, last)
  if (followed === undefined) throw new ShellFileError('ELOOP', path)
  return followed
}

/** The target of a symbolic link; undefined when there is none at this path. */
export function linkTarget(files: FileTree, path: string): string | undefined {
  return files.hasLinks === true ? files.readLink?.(path) : undefined
}

/** Where a path leads after all links; undefined when they lead in a circle. Nothing needs to be there. */
export function realPath(files: FileTree, path: string): string | undefined {
  const full = resolvePath('/', path)
  if (files.hasLinks !== true) return full
  return followLinks((one) => files.readLink?.(one), full, true)
}
