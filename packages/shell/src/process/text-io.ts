// Reading and writing text over a process' descriptors: whole input, line by line, encoded once.

import type { InputStream } from '../command.ts'
import { ShellFileError } from '../file-tree.ts'
import type { OpenFile } from './open-file.ts'
import type { Process } from './process.ts'

const encoder = new TextEncoder()
const NEWLINE = 10

export async function writeDescriptor(process: Process, descriptor: number, data: Uint8Array | string): Promise<void> {
  if (process.status !== undefined) process.kill(0)
  const file = process.descriptors.get(descriptor)
  if (file === undefined) throw new ShellFileError('EBADF', String(descriptor))
  if (data.length === 0) return
  await file.write(process, typeof data === 'string' ? encoder.encode(data) : data)
}

/** One line without its newline, and whether the newline was there; undefined at the end of input. */
export async function readLine(
  process: Process,
  file: OpenFile,
): Promise<{ readonly text: string; readonly complete: boolean } | undefined> {
  const chunks: Uint8Array[] = []
  for (;;) {
    const chunk = await file.read(process)
    if (chunk === undefined) {
      return chunks.length === 0 ? undefined : { text: decodeAll(chunks), complete: false }
    }
    const end = chunk.indexOf(NEWLINE)
    if (end < 0) {
      chunks.push(chunk)
      continue
    }
    chunks.push(chunk.subarray(0, end))
    file.unread(chunk.subarray(end + 1))
    return { text: decodeAll(chunks), complete: true }
  }
}

function decodeAll(chunks: readonly Uint8Array[]): string {
  return new TextDecoder().decode(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))
}

/** Everything up to end of file. */
export async function readAll(stream: InputStream): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for (let chunk = await stream.read(); chunk !== undefined; chunk = await stream.read()) chunks.push(chunk)
  const only = chunks[0]
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks)
}
