// echo as busybox and bash have it: -n, -e, -E; without -e backslashes stand for themselves. And as dash has it: -n alone, and
// backslashes are always read.

import type { Command, OutputStream } from '../command.ts'
import { expandEscapes } from './escapes.ts'

export const echo: Command = async ({ args, stdout }) => {
  let newline = true
  let escapes = false
  let at = 0
  for (; /^-[neE]+$/.test(args[at] ?? ''); at++) {
    for (const flag of (args[at] ?? '').slice(1)) {
      if (flag === 'n') newline = false
      else escapes = flag === 'e'
    }
  }
  await print(stdout, args.slice(at).join(' '), newline, escapes)
  return 0
}

export const dashEcho: Command = async ({ args, stdout }) => {
  const newline = args[0] !== '-n'
  await print(stdout, args.slice(newline ? 0 : 1).join(' '), newline, true)
  return 0
}

async function print(stdout: OutputStream, text: string, newline: boolean, escapes: boolean): Promise<void> {
  const expanded = escapes ? expandEscapes(text, true) : { text, stop: false }
  await stdout.write(expanded.text + (newline && !expanded.stop ? '\n' : ''))
}
