// The files a shell works on. The host's files are out of reach: a container hands in its own tree.

export type FileErrorCode =
  'ENOENT' | 'ENOTDIR' | 'EISDIR' | 'EEXIST' | 'ENOTEMPTY' | 'EROFS' | 'EBADF' | 'EACCES' | 'ELOOP'

const FILE_ERROR_TEXT: ReadonlyMap<FileErrorCode, string> = new Map([
  ['ENOENT', 'No such file or directory'],
  ['ENOTDIR', 'Not a directory'],
  ['EISDIR', 'Is a directory'],
  ['EEXIST', 'File exists'],
  ['ENOTEMPTY', 'Directory not empty'],
  ['EROFS', 'Read-only file system'],
  ['EBADF', 'Bad file descriptor'],
  ['EACCES', 'Permission denied'],
  ['ELOOP', 'Too many levels of symbolic links'],
])

/** What a real file call would report through errno. */
export class ShellFileError extends Error {
  override readonly name = 'ShellFileError'
  readonly code: FileErrorCode
  readonly path: string

  constructor(code: FileErrorCode, path: string) {
    super(FILE_ERROR_TEXT.get(code) ?? code)
    this.code = code
    this.path = path
  }
}

export interface FileStatus {
  readonly type: 'file' | 'directory'
  readonly size: number
  /** Milliseconds since 1970. */
  readonly modifiedMs: number
  readonly mode: number
}

export interface FileTree {
  read(path: string): Uint8Array | undefined
  /** @throws ShellFileError when a directory is missing or in the way */
  write(path: string, content: Uint8Array | string): void
  /** Removes a file, a link or a whole directory; false when there is nothing. */
  remove(path: string): boolean
  /** Names in a directory, sorted by code unit; undefined when it is no directory. */
  list(path: string): readonly string[] | undefined
  makeDirectory(path: string): void
  /** Adds to a file's end without copying it; default is read and write. */
  append?(path: string, content: Uint8Array): void
  /** Of what a link leads to. */
  status?(path: string): FileStatus | undefined
  /** False when no symbolic link can be anywhere in the tree: then paths need no following. */
  readonly hasLinks?: boolean
  /** What the symbolic link at a path says; undefined when there is none. Links on the way are followed. */
  readLink?(path: string): string | undefined
  /** Makes a symbolic link. @throws ShellFileError */
  makeLink?(path: string, target: string): void
  /** chmod: permission bits of a file or a directory. @throws ShellFileError */
  setMode?(path: string, mode: number): void
  /** Calls back after each change of a file below it; returns how to stop. `tail -f` waits on it. */
  watch?(changed: (path: string) => void): () => void
}
