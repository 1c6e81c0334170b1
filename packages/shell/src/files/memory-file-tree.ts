// A file tree in memory, in layers: an image's files are one tree that all its containers share, a container's own writes
// and removals lie on top. Departures: no hard links and no owners; of permissions only those to execute are asked for.

import { ShellFileError, type FileStatus, type FileTree } from '../file-tree.ts'
import { joinPath, lastName, parentPath, resolvePath } from './path.ts'
import { followLinks, followLinksToChange } from './symbolic-links.ts'

type Entry =
  | { readonly type: 'file'; bytes: Uint8Array; length: number; modifiedMs: number; mode: number }
  /** An opaque directory hides the layer below it. */
  | { readonly type: 'directory'; readonly opaque: boolean; modifiedMs: number; readonly mode: number }
  | { readonly type: 'link'; readonly target: string }
  | { readonly type: 'removed' }

const encoder = new TextEncoder()

/** What was appended to has room behind its end; the bytes of others are handed out as they are, and never written to. */
function contentOf({ bytes, length }: Extract<Entry, { type: 'file' }>): Uint8Array {
  return bytes.length === length ? bytes : bytes.subarray(0, length)
}

class MemoryFileTree implements FileTree {
  readonly #base: FileTree | undefined
  readonly #now: () => number
  #entries: Map<string, Entry> | undefined
  #children: Map<string, Set<string>> | undefined
  #watchers: Set<(path: string) => void> | undefined
  #ownLinks = false

  constructor(base: FileTree | undefined, now: () => number) {
    this.#base = base
    this.#now = now
  }

  get hasLinks(): boolean {
    return this.#ownLinks || this.#base?.hasLinks === true
  }

  readLink(path: string): string | undefined {
    if (!this.hasLinks) return undefined
    const at = followLinks((one) => this.#linkAt(one), resolvePath('/', path), false)
    return at === undefined ? undefined : this.#linkAt(at)
  }

  makeLink(path: string, target: string): void {
    const link = this.#toChange(path, false)
    if (this.#linkAt(link) !== undefined || this.#exists(link)) throw new ShellFileError('EEXIST', path)
    this.#checkWritable(link)
    this.#ownLinks = true
    this.#put(link, { type: 'link', target })
  }

  read(path: string): Uint8Array | undefined {
    const file = this.#followed(path)
    if (file === undefined) return undefined
    const entry = this.#entries?.get(file)
    if (entry !== undefined) return entry.type === 'file' ? contentOf(entry) : undefined
    return this.#baseVisible(file) ? this.#base?.read(file) : undefined
  }

  write(path: string, content: Uint8Array | string): void {
    const file = this.#toChange(path)
    this.#checkWritable(file)
    const bytes = typeof content === 'string' ? encoder.encode(content) : content
    const mode = this.status(file)?.mode ?? 0o644
    this.#put(file, { type: 'file', bytes, length: bytes.length, modifiedMs: this.#now(), mode })
  }

  append(path: string, content: Uint8Array): void {
    const file = this.#toChange(path)
    this.#checkWritable(file)
    let entry = this.#entries?.get(file)
    if (entry?.type !== 'file') {
      const bytes = this.read(file)?.slice() ?? new Uint8Array(0)
      entry = { type: 'file', bytes, length: bytes.length, modifiedMs: 0, mode: this.status(file)?.mode ?? 0o644 }
    }
    const needed = entry.length + content.length
    if (needed > entry.bytes.length) {
      const grown = new Uint8Array(Math.max(needed, entry.bytes.length * 2, 256))
      grown.set(entry.bytes.subarray(0, entry.length))
      entry.bytes = grown
    }
    entry.bytes.set(content, entry.length)
    entry.length = needed
    entry.modifiedMs = this.#now()
    this.#put(file, entry)
  }

  remove(path: string): boolean {
    const target = this.#toChange(path, false)
    if (target === '/' || (this.#linkAt(target) === undefined && !this.#exists(target))) return false
    this.#forget(target)
    // Only what the layer below would show needs hiding.
    if (this.#linkAt(target) !== undefined || this.#exists(target)) this.#put(target, { type: 'removed' })
    this.#changed(target)
    return true
  }

  list(path: string): readonly string[] | undefined {
    const directory = this.#followed(path)
    if (directory === undefined) return undefined
    const entry = this.#entries?.get(directory)
    if (entry !== undefined && entry.type !== 'directory') return undefined
    const below = entry?.opaque === true || !this.#baseVisible(directory) ? undefined : this.#base?.list(directory)
    if (entry === undefined && below === undefined && !this.#impliedDirectory(directory)) return undefined
    const names = new Set(below)
    for (const name of this.#children?.get(directory) ?? []) {
      const child = this.#entries?.get(joinPath(directory, name))
      if (child?.type === 'removed') names.delete(name)
      else names.add(name)
    }
    return [...names].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  }

  makeDirectory(path: string): void {
    const directory = this.#toChange(path)
    if (this.list(directory) !== undefined) return
    if (this.read(directory) !== undefined) throw new ShellFileError('EEXIST', path)
    this.makeDirectory(parentPath(directory))
    this.#put(directory, { type: 'directory', opaque: true, modifiedMs: this.#now(), mode: 0o755 })
  }

  status(path: string): FileStatus | undefined {
    const target = this.#followed(path)
    if (target === undefined) return undefined
    const entry = this.#entries?.get(target)
    if (entry?.type === 'file') {
      return { type: 'file', size: entry.length, modifiedMs: entry.modifiedMs, mode: entry.mode }
    }
    if (entry?.type === 'directory') {
      return { type: 'directory', size: 4096, modifiedMs: entry.modifiedMs, mode: entry.mode }
    }
    if (entry !== undefined) return undefined
    if (this.#base?.status !== undefined && this.#baseVisible(target)) {
      const below = this.#base.status(target)
      if (below !== undefined) return below
    }
    if (this.list(target) !== undefined) return { type: 'directory', size: 4096, modifiedMs: this.#now(), mode: 0o755 }
    const bytes = this.read(target)
    return bytes === undefined ? undefined : { type: 'file', size: bytes.length, modifiedMs: this.#now(), mode: 0o644 }
  }

  setMode(path: string, mode: number): void {
    const target = this.#toChange(path)
    const status = this.status(target)
    if (status === undefined) throw new ShellFileError('ENOENT', path)
    const { modifiedMs } = status
    if (status.type === 'directory') {
      const before = this.#entries?.get(target)
      const opaque = before?.type === 'directory' && before.opaque
      this.#put(target, { type: 'directory', opaque, modifiedMs, mode })
      return
    }
    const bytes = this.read(target) ?? new Uint8Array(0)
    this.#put(target, { type: 'file', bytes, length: bytes.length, modifiedMs, mode })
  }

  watch(changed: (path: string) => void): () => void {
    this.#watchers ??= new Set()
    this.#watchers.add(changed)
    return () => {
      this.#watchers?.delete(changed)
    }
  }

  /** The path after links; undefined when they lead in a circle. */
  #followed(path: string): string | undefined {
    const full = resolvePath('/', path)
    return this.hasLinks ? followLinks((one) => this.#linkAt(one), full, true) : full
  }

  #toChange(path: string, last = true): string {
    const full = resolvePath('/', path)
    return this.hasLinks ? followLinksToChange((one) => this.#linkAt(one), full, last) : full
  }

  /** The link that lies at this very path, whose directories are none. */
  #linkAt(path: string): string | undefined {
    const entry = this.#entries?.get(path)
    if (entry !== undefined) return entry.type === 'link' ? entry.target : undefined
    if (this.#base?.hasLinks !== true || !this.#baseVisible(path)) return undefined
    return this.#base.readLink?.(path)
  }

  #exists(path: string): boolean {
    return this.read(path) !== undefined || this.list(path) !== undefined
  }

  /** True when nothing of this layer hides the base at this path. */
  #baseVisible(path: string): boolean {
    if (this.#base === undefined) return false
    const entries = this.#entries
    if (entries === undefined) return true
    for (let at = path; at !== '/'; at = parentPath(at)) {
      const entry = entries.get(at)
      if (entry === undefined) continue
      if (entry.type !== 'directory' || entry.opaque) return false
    }
    return true
  }

  #impliedDirectory(path: string): boolean {
    return path === '/' || this.#children?.has(path) === true
  }

  #checkWritable(file: string): void {
    if (this.list(file) !== undefined) throw new ShellFileError('EISDIR', file)
    const parent = parentPath(file)
    if (this.list(parent) !== undefined) return
    throw new ShellFileError(this.read(parent) === undefined ? 'ENOENT' : 'ENOTDIR', file)
  }

  #put(path: string, entry: Entry): void {
    this.#entries ??= new Map()
    this.#children ??= new Map()
    this.#entries.set(path, entry)
    const parent = parentPath(path)
    const siblings = this.#children.get(parent)
    if (siblings === undefined) this.#children.set(parent, new Set([lastName(path)]))
    else siblings.add(lastName(path))
    this.#changed(path)
  }

  #forget(path: string): void {
    for (const name of this.#children?.get(path) ?? []) this.#forget(joinPath(path, name))
    this.#children?.delete(path)
    this.#entries?.delete(path)
    this.#children?.get(parentPath(path))?.delete(lastName(path))
  }

  #changed(path: string): void {
    for (const watcher of this.#watchers ?? []) watcher(path)
  }
}

export interface FileTreeOptions {
  /** For modification times, milliseconds since 1970. */
  readonly now?: () => number
}

/**
 * An empty tree, or a layer over `base`: a tree below (shared, never written), or files by absolute path, whose
 * directories are made and whose scripts (`#!`) may be executed. Writes stay in the new tree.
 */
export function createFileTree(
  base?: FileTree | ReadonlyMap<string, string | Uint8Array>,
  options: FileTreeOptions = {},
): FileTree {
  const now = options.now ?? ((): number => 0)
  if (base === undefined) return new MemoryFileTree(undefined, now)
  if ('read' in base) return new MemoryFileTree(base, now)
  const tree = new MemoryFileTree(undefined, now)
  for (const [path, content] of base) {
    tree.makeDirectory(parentPath(resolvePath('/', path)))
    tree.write(path, content)
    if (isScript(content)) tree.setMode(path, 0o755)
  }
  return tree
}

function isScript(content: string | Uint8Array): boolean {
  return typeof content === 'string' ? content.startsWith('#!') : content[0] === 0x23 && content[1] === 0x21
}
