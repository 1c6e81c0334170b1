// mapfile and readarray of bash: the lines of standard input into an array. -t takes their newlines off, -n COUNT reads so many;
// other options are refused by name.

import type { Shell } from '../evaluate/shell.ts'
import { readLine } from '../process/text-io.ts'

export async function mapfile(shell: Shell, args: readonly string[], name: string): Promise<number> {
  if (shell.dialect !== 'bash') {
    await shell.complain(`${name}: not found`)
    return 127
  }
  let trimmed = false
  let limit = Infinity
  let array = 'MAPFILE'
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? ''
    if (arg === '-t') trimmed = true
    else if (arg === '-n') limit = Number(args[++at]) || Infinity
    else if (arg.startsWith('-')) {
      await shell.complain(`${name}: ${arg}: not simulated`)
      return 2
    } else array = arg
  }
  const input = shell.process.descriptors.get(0)
  const lines = new Map<number, string>()
  while (input !== undefined && lines.size < limit) {
    const line = await readLine(shell.process, input)
    if (line === undefined) break
    lines.set(lines.size, line.complete && !trimmed ? `${line.text}\n` : line.text)
  }
  shell.variables.set(array, lines)
  return 0
}
