// Absolute paths of a file tree: `/a/b`, no trailing slash, no `.` and `..`. Links are followed elsewhere (symbolic-links.ts).

// The layers of a tree are asked for one path in turn, and a server reads one file again and again.
let lastNormalPath = ''

/** Most paths are as they should be: looking costs less than taking them apart. */
function isNormalPath(path: string): boolean {
  if (path === lastNormalPath) return path !== ''
  if (path.length < 2 || !path.startsWith('/') || path.endsWith('/') || path.includes('//') || path.includes('/.'))
    return false
  lastNormalPath = path
  return true
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
