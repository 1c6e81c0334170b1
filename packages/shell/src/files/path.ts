// Absolute paths of a file tree: `/a/b`, no trailing slash, no `.` and `..`. There are no symbolic links.

/** Makes a path absolute and free of `.`, `..` and doubled slashes. */
export function resolvePath(directory: string, path: string): string {
  const full = path.startsWith('/') ? path : `${directory}/${path}`
  const parts: string[] = []
  for (const part of full.split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..') parts.pop()
    else parts.push(part)
  }
  return `/${parts.join('/')}`
}

export function parentPath(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash <= 0 ? '/' : path.slice(0, slash)
}

export function lastName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

export function joinPath(directory: string, name: string): string {
  return directory === '/' ? `/${name}` : `${directory}/${name}`
}
