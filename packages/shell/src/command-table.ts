// Commands from outside by name, and with them all programs they make with the shell's own tools: worked out once for each set of
// tools. They are kept here, not in a weak map of the module, since that would hold them past their container's end.

import type { Command } from './command.ts'

export class CommandTable extends Map<string, Command> {
  /** By the set of the shell's own tools; undefined: all of them. */
  readonly programs = new Map<ReadonlySet<string> | undefined, ReadonlyMap<string, Command>>()
}
