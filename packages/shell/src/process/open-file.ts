// What a descriptor points to: a pipe end, a file, a device, a stream from outside, a terminal. Several descriptors of
// several processes share one; the last to let go closes it.

import { ShellFileError } from '../file-tree.ts'
import type { Process } from './process.ts'

export abstract class OpenFile {
  #holders = 1
  #returned: Uint8Array[] | undefined

  /** Next chunk, undefined at the end. */
  async read(process: Process): Promise<Uint8Array | undefined> {
    const returned = this.#returned?.pop()
    return returned ?? this.fill(process)
  }

  /** Puts bytes back to be read next: `read` takes one line and leaves the rest. */
  unread(data: Uint8Array): void {
    if (data.length > 0) (this.#returned ??= []).push(data)
  }

  protected fill(_process: Process): Promise<Uint8Array | undefined> {
    return Promise.reject(new ShellFileError('EBADF', ''))
  }

  write(_process: Process, _data: Uint8Array): Promise<void> {
    return Promise.reject(new ShellFileError('EBADF', ''))
  }

  get terminal(): boolean {
    return false
  }

  retain(): this {
    this.#holders++
    return this
  }

  release(): void {
    this.#holders--
    if (this.#holders === 0) this.close()
  }

  protected close(): void {
    this.#returned = undefined
  }
}
