// echo as busybox and bash have it: -n, -e, -E; without -e backslashes stand for themselves (dash differs).

import type { Command } from '../command.ts'
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
  const text = args.slice(at).join(' ')
  if (!escapes) {
    await stdout.write(newline ? `${text}\n` : text)
    return 0
  }
  const expanded = expandEscapes(text, true)
  await stdout.write(expanded.text + (newline && !expanded.stop ? '\n' : ''))
  return 0
}
