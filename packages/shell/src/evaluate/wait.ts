// Waiting for child processes. A shell that waits for a foreground command runs its trap handlers only afterwards, as real
// shells do; `wait` is interrupted at once.

import type { Process } from '../process/process.ts'
import type { Shell } from './shell.ts'

export function waitFor(shell: Shell, child: Process): Promise<number> {
  return shell.process.block(child.exited())
}

export async function waitForAll(shell: Shell, children: readonly Process[]): Promise<readonly number[]> {
  return shell.process.block(Promise.all(children.map((child) => child.exited())))
}
