// The files a shell works on. The host's files are out of reach: a container hands in its own tree.

export interface FileTree {
  read(path: string): Uint8Array | undefined
  /** @throws ShellFileError when a directory is missing or in the way */
  write(path: string, content: Uint8Array | string): void
  remove(path: string): boolean
  /** Names in a directory, sorted by code unit; undefined when it is no directory. */
  list(path: string): readonly string[] | undefined
  makeDirectory(path: string): void
}
