// Files curl is told to read: bodies, authorities. `-` is standard input.

import { ShellFileError, type CommandContext } from '@podwire/shell'

/** As text; undefined when there is no such file. */
export async function readSource(context: CommandContext, path: string): Promise<string | undefined> {
  const bytes = await readSourceBytes(context, path)
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8')
}

export async function readSourceBytes(context: CommandContext, path: string): Promise<Uint8Array | undefined> {
  try {
    const stream = path === '-' ? context.stdin : context.open(path)
    const chunks: Uint8Array[] = []
    for (let chunk = await stream.read(); chunk !== undefined; chunk = await stream.read()) chunks.push(chunk)
    return Buffer.concat(chunks)
  } catch (error) {
    if (error instanceof ShellFileError) return undefined
    throw error
  }
}
