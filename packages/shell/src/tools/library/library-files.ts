// A container's files as the text tools of just-bash want them (its IFileSystem). Departures: no hard links, as in the
// file tree itself; access times are modification times.

import type { IFileSystem } from 'just-bash/browser'
import { ShellFileError, type FileStatus, type FileTree } from '../../file-tree.ts'
import { fileStatus } from '../../files/file-status.ts'
import { joinPath, lastName, resolvePath } from '../../files/path.ts'
import { linkTarget, realPath } from '../../files/symbolic-links.ts'

type FsStat = Awaited<ReturnType<IFileSystem['stat']>>
type FileContent = Parameters<IFileSystem['writeFile']>[1]
type ReadOptions = Parameters<IFileSystem['readFile']>[1]

/** What the library's tools take apart to word their complaints. */
class LibraryFileError extends Error {
  readonly code: string

  constructor(error: ShellFileError) {
    super(`${error.code}: ${error.message.toLowerCase()}, '${error.path}'`)
    this.code = error.code
  }
}

function wording<T>(work: () => T): Promise<T> {
  try {
    return Promise.resolve(work())
  } catch (error) {
    return Promise.reject(error instanceof ShellFileError ? new LibraryFileError(error) : error)
  }
}

const bytesOf = (content: FileContent): Uint8Array =>
  typeof content === 'string' ? Buffer.from(content, 'utf8') : content

export class LibraryFiles implements IFileSystem {
  readonly #files: FileTree
  readonly #opened: ReadonlyMap<string, Uint8Array>
  readonly #program: string

  /**
   * @param opened what was read from descriptors beforehand, by path: `/dev/fd/63`
   * @param program the tool's name: the library runs only what it finds in a directory for programs, wherever one exists
   */
  constructor(files: FileTree, opened: ReadonlyMap<string, Uint8Array>, program: string) {
    this.#files = files
    this.#opened = opened
    this.#program = `/usr/bin/${program}`
  }

  readFile(path: string, options?: ReadOptions): Promise<string> {
    const encoding = typeof options === 'string' ? options : options?.encoding
    return wording(() => Buffer.from(this.#read(path)).toString(encoding ?? 'utf8'))
  }

  readFileBuffer(path: string): Promise<Uint8Array> {
    return wording(() => this.#read(path))
  }

  writeFile(path: string, content: FileContent): Promise<void> {
    return wording(() => this.#files.write(path, bytesOf(content)))
  }

  appendFile(path: string, content: FileContent): Promise<void> {
    return wording(() =>
      this.#files.write(path, Buffer.concat([this.#files.read(path) ?? new Uint8Array(0), bytesOf(content)])),
    )
  }

  exists(path: string): Promise<boolean> {
    return wording(() => this.#status(path) !== undefined)
  }

  stat(path: string): Promise<FsStat> {
    return wording(() => {
      const status = this.#status(path)
      if (status === undefined) throw new ShellFileError('ENOENT', path)
      return {
        isFile: status.type === 'file',
        isDirectory: status.type === 'directory',
        isSymbolicLink: false,
        mode: status.mode,
        size: status.size,
        mtime: new Date(status.modifiedMs),
      }
    })
  }

  lstat(path: string): Promise<FsStat> {
    const target = linkTarget(this.#files, path)
    if (target === undefined) return this.stat(path)
    const kind = { isFile: false, isDirectory: false, isSymbolicLink: true }
    return Promise.resolve({ ...kind, mode: 0o777, size: target.length, mtime: new Date(0) })
  }

  mkdir(path: string): Promise<void> {
    return wording(() => this.#files.makeDirectory(path))
  }

  readdir(path: string): Promise<string[]> {
    return wording(() => {
      const names = this.#files.list(path)
      if (names === undefined) throw new ShellFileError(this.#files.read(path) ? 'ENOTDIR' : 'ENOENT', path)
      return [...names]
    })
  }

  rm(path: string, options?: { force?: boolean }): Promise<void> {
    return wording(() => {
      if (!this.#files.remove(path) && options?.force !== true) throw new ShellFileError('ENOENT', path)
    })
  }

  cp(from: string, to: string): Promise<void> {
    return wording(() => this.#copy(from, to))
  }

  mv(from: string, to: string): Promise<void> {
    return wording(() => {
      this.#copy(from, to)
      this.#files.remove(from)
    })
  }

  resolvePath(base: string, path: string): string {
    return resolvePath(base, path)
  }

  getAllPaths(): string[] {
    return this.#below('/')
  }

  chmod(path: string, mode: number): Promise<void> {
    return wording(() => this.#files.setMode?.(path, mode))
  }

  symlink(target: string, path: string): Promise<void> {
    return wording(() => this.#files.makeLink?.(path, target))
  }

  link(_existing: string, path: string): Promise<void> {
    return Promise.reject(new Error(`EPERM: hard links are not simulated, '${path}'`))
  }

  readlink(path: string): Promise<string> {
    const target = linkTarget(this.#files, path)
    if (target !== undefined) return Promise.resolve(target)
    return Promise.reject(new Error(`EINVAL: invalid argument, '${path}'`))
  }

  realpath(path: string): Promise<string> {
    return this.stat(path).then(() => realPath(this.#files, path) ?? resolvePath('/', path))
  }

  utimes(): Promise<void> {
    return Promise.resolve()
  }

  #status(path: string): FileStatus | undefined {
    const opened = this.#opened.get(path)
    if (opened !== undefined) return { type: 'file', size: opened.length, modifiedMs: 0, mode: 0o600 }
    if (path === this.#program) return { type: 'file', size: 0, modifiedMs: 0, mode: 0o755 }
    return fileStatus(this.#files, path)
  }

  #read(path: string): Uint8Array {
    const content = this.#opened.get(path) ?? this.#files.read(path)
    if (content === undefined) throw new ShellFileError(this.#files.list(path) ? 'EISDIR' : 'ENOENT', path)
    return content
  }

  #copy(from: string, to: string): void {
    const names = this.#files.list(from)
    if (names === undefined) {
      this.#files.write(this.#files.list(to) === undefined ? to : joinPath(to, lastName(from)), this.#read(from))
      return
    }
    this.#files.makeDirectory(to)
    for (const name of names) this.#copy(joinPath(from, name), joinPath(to, name))
  }

  #below(directory: string): string[] {
    const names = this.#files.list(directory)
    return names === undefined
      ? [directory]
      : [directory, ...names.flatMap((name) => this.#below(joinPath(directory, name)))]
  }
}
