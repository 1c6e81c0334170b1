// `<(…)` and `>(…)`: a process at the other end of a pipe that the command finds as /dev/fd/63, 62 and so on. The shell lets
// go of its ends when the command is over.

import type { ParsedScript } from 'unbash'
import { createPipe } from '../process/pipe.ts'
import { runList } from './run.ts'
import type { Shell } from './shell.ts'
import { runToEnd } from './shell-end.ts'

const HIGHEST_DESCRIPTOR = 63

/** Starts the process and returns the path of the command's end. */
export function startProcessSubstitution(shell: Shell, operator: string, script: ParsedScript | undefined): string {
  const { process } = shell
  const { reader, writer } = createPipe(shell.machine.engine)
  const reads = operator === '<'
  const child = process.fork()
  child.descriptors.set(reads ? 1 : 0, reads ? writer : reader)
  const copy = shell.fork(child)
  let descriptor = HIGHEST_DESCRIPTOR
  while (process.descriptors.get(descriptor) !== undefined) descriptor--
  process.descriptors.set(descriptor, reads ? reader : writer)
  shell.substitutionEnds.push(descriptor)
  child.start(() => runToEnd(copy, () => runList(copy, script?.commands ?? [])))
  return `/dev/fd/${descriptor}`
}

/** Closes the ends that were opened since there were `before`. */
export function closeSubstitutionEnds(shell: Shell, before: number): void {
  for (const descriptor of shell.substitutionEnds.splice(before)) {
    if (shell.process.alive) shell.process.descriptors.set(descriptor, undefined)
  }
}
