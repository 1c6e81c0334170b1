// A process' descriptor table and opening files by name, devices included (`/dev/null`, `/dev/stdout`, `/dev/fd/3` …).
// `/dev/tcp` of bash is not simulated: it is an ordinary missing file.

import { ShellFileError } from '../file-tree.ts'
import { resolvePath } from '../files/path.ts'
import type { OpenFile } from './open-file.ts'
import { GeneratorDevice, NullDevice, RegularFile } from './plain-files.ts'
import type { Process } from './process.ts'

export class DescriptorTable {
  readonly #files: Map<number, OpenFile>

  constructor(files: ReadonlyMap<number, OpenFile> = new Map()) {
    this.#files = new Map(files)
  }

  get(descriptor: number): OpenFile | undefined {
    return this.#files.get(descriptor)
  }

  /** Takes over the caller's hold on `file`. */
  set(descriptor: number, file: OpenFile | undefined): void {
    this.#files.get(descriptor)?.release()
    if (file === undefined) this.#files.delete(descriptor)
    else this.#files.set(descriptor, file)
  }

  /** Takes a descriptor out without letting go of its file. */
  take(descriptor: number): OpenFile | undefined {
    const file = this.#files.get(descriptor)
    this.#files.delete(descriptor)
    return file
  }

  copy(): DescriptorTable {
    for (const file of this.#files.values()) file.retain()
    return new DescriptorTable(this.#files)
  }

  closeAll(): void {
    for (const file of this.#files.values()) file.release()
    this.#files.clear()
  }

  list(): readonly number[] {
    return [...this.#files.keys()]
  }
}

export type OpenMode = 'read' | 'write' | 'append' | 'read-write'

/** @throws ShellFileError */
export function openPath(process: Process, name: string, mode: OpenMode): OpenFile {
  const path = resolvePath(process.workingDirectory, name)
  const device = openDevice(process, path)
  if (device !== undefined) return device
  const { files } = process.machine
  if (files.list(path) !== undefined) {
    if (mode === 'read') return new DirectoryFile(files, path)
    throw new ShellFileError('EISDIR', name)
  }
  const exists = files.read(path) !== undefined
  if (mode === 'read' && !exists) throw new ShellFileError('ENOENT', name)
  if (mode === 'write' || (!exists && mode !== 'read')) files.write(path, '')
  return new RegularFile(files, path)
}

/** Opening a directory works, reading it does not. */
class DirectoryFile extends RegularFile {
  protected override fill(_process: Process): Promise<Uint8Array | undefined> {
    return Promise.reject(new ShellFileError('EISDIR', this.path))
  }
}

const ALIASES: ReadonlyMap<string, number> = new Map([
  ['/dev/stdin', 0],
  ['/dev/stdout', 1],
  ['/dev/stderr', 2],
  ['/proc/self/fd/0', 0],
  ['/proc/self/fd/1', 1],
  ['/proc/self/fd/2', 2],
])

function openDevice(process: Process, path: string): OpenFile | undefined {
  if (path === '/dev/null') return new NullDevice()
  if (path === '/dev/zero') return new GeneratorDevice(false)
  if (path === '/dev/random' || path === '/dev/urandom') return new GeneratorDevice(true)
  const table = process.descriptors
  if (path === '/dev/tty') {
    const file = [0, 1, 2].map((descriptor) => table.get(descriptor)).find((one) => one?.terminal === true)
    return file?.retain()
  }
  const numbered = /^\/dev\/fd\/(\d+)$/.exec(path)
  const descriptor = numbered === null ? ALIASES.get(path) : Number(numbered[1])
  if (descriptor === undefined) return openOfFirstProcess(process, path)
  const file = table.get(descriptor)
  if (file === undefined) throw new ShellFileError('ENOENT', path)
  return file.retain()
}

/** `/proc/1/fd/1`: exec'd commands and cron jobs write to the container's log that way. */
function openOfFirstProcess(process: Process, path: string): OpenFile | undefined {
  const match = /^\/proc\/(\d+)\/fd\/([012])$/.exec(path)
  if (match === null) return undefined
  const other = process.machine.table.get(Number(match[1]))
  const table = other !== undefined && 'descriptors' in other ? other.descriptors : undefined
  if (!(table instanceof DescriptorTable)) return undefined
  return table.get(Number(match[2]))?.retain()
}
