// What a parameter's name stands for: positional and special parameters, variables, arrays, and the few that are computed
// ($RANDOM, $SECONDS, $EPOCHSECONDS).

import { AssociativeArray } from '../evaluate/associative-array.ts'
import type { Shell, ShellOptions } from '../evaluate/shell.ts'

export type ParameterValue =
  | { readonly kind: 'text'; readonly text: string | undefined }
  /** `$@`, `$*`, `${a[@]}`: `star` when its quoted form is one field. */
  | { readonly kind: 'list'; readonly items: readonly string[]; readonly star: boolean }

const OPTION_LETTERS: readonly (readonly [keyof ShellOptions, string])[] = [
  ['allexport', 'a'],
  ['errexit', 'e'],
  ['noglob', 'f'],
  ['monitor', 'm'],
  ['noexec', 'n'],
  ['nounset', 'u'],
  ['verbose', 'v'],
  ['xtrace', 'x'],
  ['noclobber', 'C'],
]

export function optionLetters(shell: Shell): string {
  const letters = OPTION_LETTERS.filter(([option]) => shell.options[option]).map(([, letter]) => letter)
  return letters.join('') + (shell.interactive ? 'i' : '')
}

export function optionNames(): readonly (readonly [keyof ShellOptions, string])[] {
  return OPTION_LETTERS
}

/** @param index `@`, `*`, the evaluated index of an array or the key of an associative one */
export function parameterValue(shell: Shell, name: string, index: string | number | undefined): ParameterValue {
  if (name === '@' || name === '*') return { kind: 'list', items: shell.positional, star: name === '*' }
  if (index === undefined) return { kind: 'text', text: parameterText(shell, name) }
  const value = computedArray(shell, name) ?? shell.variables.value(name)
  if (index === '@' || index === '*') {
    const items = value === undefined ? [] : typeof value === 'string' ? [value] : [...value.values()]
    return { kind: 'list', items, star: index === '*' }
  }
  if (value instanceof AssociativeArray) return { kind: 'text', text: value.get(String(index)) }
  if (typeof value === 'string') return { kind: 'text', text: index === 0 ? value : undefined }
  return { kind: 'text', text: typeof index === 'number' ? value?.get(arrayIndex(value, index)) : undefined }
}

/** Negative indexes count from the end. */
function arrayIndex(elements: ReadonlyMap<number, string>, index: number): number {
  return index >= 0 ? index : Math.max(-1, ...elements.keys()) + 1 + index
}

function computedArray(shell: Shell, name: string): ReadonlyMap<number, string> | undefined {
  if (shell.dialect !== 'bash') return undefined
  if (name === 'PIPESTATUS') return new Map(shell.pipeStatus.map((status, at) => [at, String(status)]))
  if (name === 'FUNCNAME') return new Map([...shell.functionNames].reverse().map((one, at) => [at, one]))
  return undefined
}

function parameterText(shell: Shell, name: string): string | undefined {
  if (/^[A-Za-z_]/.test(name)) {
    const computed = computedVariable(shell, name)
    return computed ?? shell.variables.text(name)
  }
  if (/^\d+$/.test(name)) return name === '0' ? shell.zero : shell.positional[Number(name) - 1]
  switch (name) {
    case '?':
      return String(shell.status)
    case '#':
      return String(shell.positional.length)
    case '$':
      return String(shell.mainPid)
    case '!':
      return shell.lastBackground === undefined ? undefined : String(shell.lastBackground)
    case '-':
      return optionLetters(shell)
    default:
      return undefined
  }
}

function computedVariable(shell: Shell, name: string): string | undefined {
  // Debian's dash computes none but the parent's pid.
  if (shell.dialect === 'dash' && name !== 'PPID') return undefined
  const { engine, random } = shell.machine
  switch (name) {
    case 'RANDOM':
      return String(random.integer(0, 32_767))
    case 'SECONDS':
      return String(Math.floor((engine.clock.now() - shell.startedUs) / 1_000_000))
    case 'EPOCHSECONDS':
      return String(Math.floor(engine.clock.wallTimeMs() / 1000))
    case 'PIPESTATUS':
      return shell.dialect === 'bash' ? String(shell.pipeStatus[0] ?? 0) : undefined
    case 'FUNCNAME':
      return shell.functionNames.at(-1)
    case 'LINENO':
      return String(shell.line)
    case 'PPID':
      return String(shell.process.parentPid)
    case 'BASHPID':
      return shell.dialect === 'bash' ? String(shell.process.pid) : undefined
    case 'BASH_VERSION':
      return shell.dialect === 'bash' ? '5.2.15(1)-release' : undefined
    case 'UID':
    case 'EUID':
      return shell.dialect === 'bash' ? '0' : undefined
    default:
      return undefined
  }
}
