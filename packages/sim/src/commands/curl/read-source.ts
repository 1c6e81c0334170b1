// Files curl is told to read: bodies, authorities. `-` is standard input.

import { ShellFileError, type CommandContext } from '@podwire/shell'

/** Undefined when there is no such file. */
export async function readSource(context: CommandContext, path: string): Promise<string | undefined> {
  try {
    const stream = path === '-' ? context.stdin : context.open(path)
    const chunks: Uint8Array[] = []
    for (let chunk = await stream.read(); chunk !== undefined; chunk = await stream.read()) chunks.push(chunk)
    return Buffer.concat(chunks).toString('utf8')
  } catch (error) {
    if (error instanceof ShellFileError) return undefined
    throw error
  }
}
