// watch: runs a command every so many seconds (-n, default 2) until it is stopped, with a heading (-t: without). Each round starts on
// a cleared screen, as busybox does it; -d, -g and the rest of procps' are refused by name.

import type { Command } from '../command.ts'
import { usageError } from './input.ts'
import { parseOptions } from './options.ts'

export const watch: Command = async (context) => {
  const at = context.args.findIndex((arg, index) => !arg.startsWith('-') && context.args[index - 1] !== '-n')
  const options = parseOptions(at < 0 ? context.args : context.args.slice(0, at), 'n:t')
  if ('problem' in options) return usageError(context, options.problem)
  const seconds = Number(options.value('n') ?? '2')
  if (!(seconds >= 0.1)) return usageError(context, `failed to parse argument: '${options.value('n') ?? ''}'`)
  if (at < 0) return usageError(context, 'usage: watch [-n SECONDS] [-t] COMMAND')
  const script = context.args.slice(at).join(' ')
  for (;;) {
    const time = new Date(context.engine.clock.wallTimeMs()).toISOString().slice(0, 19).replace('T', ' ')
    const heading = options.has('t') ? '' : `Every ${seconds.toFixed(1)}s: ${script.padEnd(40)}${time}\n\n`
    await context.stdout.write(`\x1b[H\x1b[J${heading}`)
    await context.block(context.spawn(['sh', '-c', script]).done)
    await context.sleep(Math.round(seconds * 1_000_000))
  }
}
