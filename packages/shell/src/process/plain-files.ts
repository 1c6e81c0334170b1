// Open files that are no pipes: regular files of the tree, devices, text held in memory (here-documents, `$( )`), and the
// streams a run was given from outside.

import type { InputStream, OutputStream } from '../command.ts'
import type { FileTree } from '../file-tree.ts'
import { OpenFile } from './open-file.ts'
import type { Process } from './process.ts'

const READ_SIZE = 65_536
const ZEROS = new Uint8Array(4096)

/** One step of the budget for so many bytes written, so that a flood ends as an endless loop does. */
const BYTES_PER_STEP = 1024

export class RegularFile extends OpenFile {
  readonly path: string
  readonly #tree: FileTree
  #offset = 0

  constructor(tree: FileTree, path: string) {
    super()
    this.#tree = tree
    this.path = path
  }

  protected override fill(_process: Process): Promise<Uint8Array | undefined> {
    const content = this.#tree.read(this.path)
    if (content === undefined || this.#offset >= content.length) return Promise.resolve(undefined)
    const chunk = content.subarray(this.#offset, this.#offset + READ_SIZE)
    this.#offset += chunk.length
    return Promise.resolve(chunk)
  }

  override async write(process: Process, data: Uint8Array): Promise<void> {
    await process.machine.step(process, 1 + Math.floor(data.length / BYTES_PER_STEP))
    if (this.#tree.append !== undefined) return this.#tree.append(this.path, data)
    const before = this.#tree.read(this.path) ?? new Uint8Array(0)
    const after = new Uint8Array(before.length + data.length)
    after.set(before)
    after.set(data, before.length)
    this.#tree.write(this.path, after)
  }
}

/** /dev/null */
export class NullDevice extends OpenFile {
  protected override fill(_process: Process): Promise<Uint8Array | undefined> {
    return Promise.resolve(undefined)
  }

  override async write(process: Process, data: Uint8Array): Promise<void> {
    await process.machine.step(process, 1 + Math.floor(data.length / BYTES_PER_STEP))
  }
}

/** /dev/zero, /dev/random, /dev/urandom */
export class GeneratorDevice extends OpenFile {
  readonly #random: boolean

  constructor(random: boolean) {
    super()
    this.#random = random
  }

  protected override async fill(process: Process): Promise<Uint8Array | undefined> {
    await process.machine.step(process, 4)
    return this.#random ? process.machine.random.bytes(256) : ZEROS
  }

  override write(_process: Process, _data: Uint8Array): Promise<void> {
    return Promise.resolve()
  }
}

/** Text to read, e.g. a here-document. */
export class TextSource extends OpenFile {
  #text: Uint8Array | undefined

  constructor(text: string) {
    super()
    this.#text = new TextEncoder().encode(text)
  }

  protected override fill(_process: Process): Promise<Uint8Array | undefined> {
    const text = this.#text
    this.#text = undefined
    return Promise.resolve(text?.length === 0 ? undefined : text)
  }
}

/** Collects what is written. */
export class TextSink extends OpenFile {
  readonly #chunks: Uint8Array[] = []

  override async write(process: Process, data: Uint8Array): Promise<void> {
    await process.machine.step(process, Math.floor(data.length / BYTES_PER_STEP))
    this.#chunks.push(data)
  }

  text(): string {
    const only = this.#chunks[0]
    if (only === undefined) return ''
    return new TextDecoder().decode(this.#chunks.length === 1 ? only : Buffer.concat(this.#chunks))
  }
}

/** A stream from outside, as one end of a descriptor. */
export class OutsideFile extends OpenFile {
  readonly #input: InputStream | undefined
  readonly #output: OutputStream | undefined

  constructor(input: InputStream | undefined, output: OutputStream | undefined) {
    super()
    this.#input = input
    this.#output = output
  }

  protected override fill(process: Process): Promise<Uint8Array | undefined> {
    return this.#input === undefined ? super.fill(process) : process.block(this.#input.read())
  }

  override async write(process: Process, data: Uint8Array): Promise<void> {
    if (this.#output === undefined) return super.write(process, data)
    await process.machine.step(process, Math.floor(data.length / BYTES_PER_STEP))
    if (process.status !== undefined) process.kill(0)
    await this.#output.write(data)
  }
}
