// Files that are computed when somebody looks: volumes made of API objects, /etc/hosts, /etc/resolv.conf. Nobody can write
// to them here; a container that writes over a managed file does so in its own layer.

import { type FileStatus, type FileTree, resolvePath, ShellFileError } from '@podwire/shell'

/** Content, or how to get it when it is read. */
export type FileContent = string | Uint8Array | (() => Uint8Array)

/** File contents by absolute path, computed at each look. */
export type FileSource = () => ReadonlyMap<string, FileContent>

export class ReadOnlyFiles implements FileTree {
  readonly #source: FileSource
  readonly #base: FileTree | undefined
  readonly #modeOf: (path: string) => number

  /**
   * @param base files below: what is not in `source` is looked up there
   * @param modeOf permission bits of a file of `source`; default 0644
   */
  constructor(source: FileSource, base?: FileTree, modeOf: (path: string) => number = () => 0o644) {
    this.#source = source
    this.#base = base
    this.#modeOf = modeOf
  }

  read(path: string): Uint8Array | undefined {
    const full = resolvePath('/', path)
    const content = this.#source().get(full)
    if (content === undefined) return this.#base?.read(full)
    if (typeof content === 'function') return content()
    return typeof content === 'string' ? Buffer.from(content, 'utf8') : content
  }

  list(path: string): readonly string[] | undefined {
    const full = resolvePath('/', path)
    const prefix = full === '/' ? '/' : `${full}/`
    const below = this.#base?.list(full)
    const names = new Set(below)
    let exists = full === '/' || below !== undefined
    for (const file of this.#source().keys()) {
      if (!file.startsWith(prefix)) continue
      exists = true
      names.add(file.slice(prefix.length).split('/', 1)[0] ?? '')
    }
    return exists ? [...names].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)) : undefined
  }

  status(path: string): FileStatus | undefined {
    const full = resolvePath('/', path)
    if (!this.#source().has(full)) {
      const below = this.#base?.status?.(full)
      if (below !== undefined) return below
    }
    const content = this.read(full)
    if (content !== undefined) {
      return { type: 'file', size: content.length, modifiedMs: 0, mode: this.#modeOf(full) }
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
}
