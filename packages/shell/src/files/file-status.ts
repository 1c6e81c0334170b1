// The status of what lies at a path, also in trees that keep none: then what can be read off a look at it.

import type { FileStatus, FileTree } from '../file-tree.ts'

/** undefined: there is nothing. */
export function fileStatus(files: FileTree, path: string): FileStatus | undefined {
  const known = files.status?.(path)
  if (known !== undefined) return known
  if (files.list(path) !== undefined) return { type: 'directory', size: 4096, modifiedMs: 0, mode: 0o755 }
  const content = files.read(path)
  return content === undefined ? undefined : { type: 'file', size: content.length, modifiedMs: 0, mode: 0o644 }
}
