// trap: handlers for signals, EXIT (0) and ERR, which functions and subshells do not inherit. KILL and STOP cannot be
// trapped; DEBUG and RETURN of bash are refused by name.

import { quoteWord } from '../expand/quote.ts'
import type { Shell } from '../evaluate/shell.ts'
import { ERR_TRAP } from '../evaluate/traps.ts'
import { SIGKILL, signalName, signalNumber } from '../process/signals.ts'

function trapNumber(text: string): number | undefined {
  const name = text.toUpperCase()
  return name === 'EXIT' ? 0 : name === 'ERR' ? ERR_TRAP : signalNumber(text)
}

export async function trap(shell: Shell, args: readonly string[]): Promise<number> {
  const operands = args[0] === '--' ? args.slice(1) : args
  if (operands.length === 0 || operands[0] === '-p') {
    for (const [signal, handler] of [...shell.traps].sort((a, b) => a[0] - b[0])) {
      const name =
        signal === 0
          ? 'EXIT'
          : signal === ERR_TRAP
            ? 'ERR'
            : shell.dialect === 'bash'
              ? `SIG${signalName(signal)}`
              : signalName(signal)
      await shell.write(1, `trap -- ${quoteWord(handler, true)} ${name}\n`)
    }
    return 0
  }
  const [first = '', ...rest] = operands
  // `trap INT` and `trap 2 15` put the default back, like `trap - INT`.
  const reset = first === '-' || rest.length === 0 || /^\d+$/.test(first)
  const signals = first === '-' || !reset ? rest : operands
  let status = 0
  for (const text of signals) {
    const signal = trapNumber(text)
    if (signal === undefined) {
      await shell.complain(
        /^(DEBUG|RETURN)$/.test(text) && shell.dialect === 'bash'
          ? `trap: ${text}: not simulated`
          : `trap: ${text}: invalid signal specification`,
      )
      status = 1
      continue
    }
    setTrap(shell, signal, reset ? undefined : first)
  }
  return status
}

function setTrap(shell: Shell, signal: number, handler: string | undefined): void {
  const traps = new Map(shell.traps)
  if (handler === undefined) traps.delete(signal)
  else traps.set(signal, handler)
  shell.traps = traps
  if (signal <= 0 || signal === SIGKILL) return
  const disposition = handler === undefined ? 'default' : handler === '' ? 'ignore' : 'handle'
  shell.process.setDisposition(signal, disposition)
}
