// Absolute paths of a file tree: `/a/b`, no trailing slash, no `.` and `..`. Links are followed elsewhere (symbolic-links.ts).

/** Most paths are as they should be: looking costs less than taking them apart. */
function isNormalPath(path: string): boolean {
  return path.length > 1 && path.startsWith('/') && !path.endsWith('/') && !path.includes('//') && !path.includes('/.')
}

/** Makes a path absolute and free of `.`, `..` and doubled slashes. */
export function resolvePath(directory: string, path: string): string {
  if (isNormalPath(path)) return path
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
