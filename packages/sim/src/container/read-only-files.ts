// Files that are computed when somebody looks: volumes made of API objects, /etc/hosts, /etc/resolv.conf. Nobody can write
// to them here; a container that writes over a managed file does so in its own layer.

import { type FileStatus, type FileTree, followLinks, resolvePath, ShellFileError } from '@podwire/shell'

/** Content, or how to get it when it is read. */
export type FileContent = string | Uint8Array | (() => Uint8Array)

/** File contents by absolute path, computed at each look. */
export type FileSource = () => ReadonlyMap<string, FileContent>

export interface ReadOnlyFilesOptions {
  /** Files below: what is not in the source is looked up there. */
  readonly base?: FileTree
  /** Permission bits of a file of the source; default 0644. */
  modeOf?(path: string): number
  /** Symbolic links by absolute path, computed at each look. They lead to places in this tree. */
  links?(): ReadonlyMap<string, string>
  /** A file as it is found behind the links, by the path a reader gives, for a look that need not follow them; undefined: unknown. */
  behindLinks?(path: string): FileContent | undefined
}

export class ReadOnlyFiles implements FileTree {
  readonly #source: FileSource
  readonly #options: ReadOnlyFilesOptions

  constructor(source: FileSource, options: ReadOnlyFilesOptions = {}) {
    this.#source = source
    this.#options = options
  }

  get #base(): FileTree | undefined {
    return this.#options.base
  }

  get hasLinks(): boolean {
    return this.#options.links !== undefined || this.#base?.hasLinks === true
  }

  readLink(path: string): string | undefined {
    return this.#linkAt(this.#followed(path, false))
  }

  read(path: string): Uint8Array | undefined {
    const found = this.#options.behindLinks?.(resolvePath('/', path))
    const full = found === undefined ? this.#followed(path) : path
    const content = found ?? this.#source().get(full)
    if (content === undefined) return this.#base?.read(full)
    if (typeof content === 'function') return content()
    return typeof content === 'string' ? Buffer.from(content, 'utf8') : content
  }

  list(path: string): readonly string[] | undefined {
    const full = this.#followed(path)
    const prefix = full === '/' ? '/' : `${full}/`
    const below = this.#base?.list(full)
    const names = new Set(below)
    let exists = full === '/' || below !== undefined
    for (const file of [...this.#source().keys(), ...(this.#options.links?.().keys() ?? [])]) {
      if (!file.startsWith(prefix)) continue
      exists = true
      names.add(file.slice(prefix.length).split('/', 1)[0] ?? '')
    }
    return exists ? [...names].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)) : undefined
  }

  status(path: string): FileStatus | undefined {
    const full = this.#followed(path)
    if (!this.#source().has(full)) {
      const below = this.#base?.status?.(full)
      if (below !== undefined) return below
    }
    const content = this.read(full)
    if (content !== undefined) {
      return { type: 'file', size: content.length, modifiedMs: 0, mode: this.#options.modeOf?.(full) ?? 0o644 }
    }
    if (this.list(path) !== undefined) return { type: 'directory', size: 4096, modifiedMs: 0, mode: 0o755 }
    return undefined
  }

  write(path: string): void {
    throw new ShellFileError('EROFS', path)
  }

  remove(path: string): boolean {
    throw new ShellFileError('EROFS', path)
  }

  makeDirectory(path: string): void {
    throw new ShellFileError('EROFS', path)
  }

  setMode(path: string): void {
    throw new ShellFileError('EROFS', path)
  }

  makeLink(path: string): void {
    throw new ShellFileError('EROFS', path)
  }

  /** What leads in a circle leads to nothing: the path stays as it is. */
  #followed(path: string, last = true): string {
    const full = resolvePath('/', path)
    if (!this.hasLinks) return full
    return followLinks((one) => this.#linkAt(one), full, last) ?? full
  }

  #linkAt(path: string): string | undefined {
    return (
      this.#options.links?.().get(path) ?? (this.#base?.hasLinks === true ? this.#base.readLink?.(path) : undefined)
    )
  }
}
