// md5sum, sha1sum, sha256sum, sha512sum (-c to check) and base64 (-d, -w): bytes in, text out.

import { createHash } from 'node:crypto'
import type { Command, CommandContext } from '../command.ts'
import { ShellFileError } from '../file-tree.ts'
import { readAll } from '../process/text-io.ts'
import { openInputs, usageError } from './input.ts'
import { parseOptions } from './options.ts'

const hexDigest = (name: string, bytes: Uint8Array): string =>
  createHash(name.replace(/sum$/, '')).update(bytes).digest('hex')

export const digest: Command = async (context) => {
  const options = parseOptions(context.args, 'cbtsw', ['check', 'status', 'quiet'])
  if ('problem' in options) return usageError(context, options.problem)
  const { inputs, failed } = await openInputs(context, options.operands)
  let status = failed ? 1 : 0
  for (const input of inputs) {
    const bytes = await readAll(input.stream)
    if (options.has('c', 'check')) {
      const quiet = options.has('s', 'status')
      if (!(await check(context, new TextDecoder().decode(bytes), quiet))) status = 1
    } else await context.stdout.write(`${hexDigest(context.name, bytes)}  ${input.name}\n`)
  }
  return status
}

/** Lines as the tool prints them: a digest, two characters, a file. */
async function check(context: CommandContext, list: string, quiet: boolean): Promise<boolean> {
  let failures = 0
  for (const line of list.split('\n')) {
    const [, wanted, name] = /^([0-9a-fA-F]+) [ *](.+)$/.exec(line) ?? []
    if (wanted === undefined || name === undefined) continue
    const matches = (await digestOf(context, name)) === wanted.toLowerCase()
    if (!matches) failures++
    if (!quiet) await context.stdout.write(`${name}: ${matches ? 'OK' : 'FAILED'}\n`)
  }
  if (failures > 0 && !quiet) {
    await context.stderr.write(
      `${context.name}: WARNING: ${failures} computed checksum${failures === 1 ? '' : 's'} did NOT match\n`,
    )
  }
  return failures === 0
}

async function digestOf(context: CommandContext, name: string): Promise<string | undefined> {
  try {
    return hexDigest(context.name, await readAll(context.open(name)))
  } catch (error) {
    if (!(error instanceof ShellFileError)) throw error
    await context.stderr.write(`${context.name}: ${name}: ${error.message}\n`)
    return undefined
  }
}

export const base64: Command = async (context) => {
  const options = parseOptions(context.args, 'diw:', ['decode', 'wrap='])
  if ('problem' in options) return usageError(context, options.problem)
  const { inputs, failed } = await openInputs(context, options.operands.slice(0, 1))
  const [input] = inputs
  if (failed || input === undefined) return 1
  const bytes = Buffer.from(await readAll(input.stream))
  if (!options.has('d', 'decode')) {
    const text = bytes.toString('base64')
    const width = Number(options.value('w', 'wrap') ?? '76')
    const lines = width > 0 ? (text.match(new RegExp(`.{1,${width}}`, 'g')) ?? []).map((line) => `${line}\n`) : [text]
    await context.stdout.write(lines.join(''))
    return 0
  }
  const text = bytes.toString('latin1').replace(/\s/g, '')
  await context.stdout.write(Buffer.from(text, 'base64'))
  if (/^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0) return 0
  await context.stderr.write(`${context.name}: invalid input\n`)
  return 1
}
