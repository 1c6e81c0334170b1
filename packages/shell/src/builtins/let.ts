// let: arithmetic as a command, `let i=i+1 "j = 2"`. It fails when the last result is 0.

import type { Shell } from '../evaluate/shell.ts'
import { expandArithmeticText } from '../expand/word.ts'

export async function letArithmetic(shell: Shell, args: readonly string[]): Promise<number> {
  let result = 0n
  for (const expression of args) result = await expandArithmeticText(shell, expression)
  return result === 0n ? 1 : 0
}
