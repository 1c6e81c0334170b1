// Signal names and numbers of Linux (signal(7)) and what each does to a process without a handler.
// Stopping and continuing processes (STOP, TSTP, TTIN, TTOU) is not simulated; `kill` refuses them by name.

const NAMES = [
  'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG',
  'XCPU XFSZ VTALRM PROF WINCH IO PWR SYS',
]
  .join(' ')
  .split(' ')

const NUMBERS: ReadonlyMap<string, number> = new Map(NAMES.map((name, index) => [name, index + 1]))

export const SIGHUP = 1
export const SIGINT = 2
export const SIGQUIT = 3
export const SIGKILL = 9
export const SIGPIPE = 13
export const SIGTERM = 15
export const SIGWINCH = 28

const IGNORED_BY_DEFAULT: ReadonlySet<number> = new Set(
  ['CHLD', 'CONT', 'URG', 'WINCH'].map((name) => NUMBERS.get(name) ?? 0),
)
const STOPPING: ReadonlySet<number> = new Set(['STOP', 'TSTP', 'TTIN', 'TTOU'].map((name) => NUMBERS.get(name) ?? 0))

/** `TERM`, `SIGTERM`, `term` or `15`; undefined for anything else. */
export function signalNumber(text: string): number | undefined {
  if (/^\d+$/.test(text)) {
    const value = Number(text)
    return value <= 64 ? value : undefined
  }
  return NUMBERS.get(text.toUpperCase().replace(/^SIG/, ''))
}

/** Without `SIG`. */
export function signalName(value: number): string {
  return NAMES[value - 1] ?? String(value)
}

export function signalNames(): readonly string[] {
  return NAMES
}

export function ignoredByDefault(value: number): boolean {
  return IGNORED_BY_DEFAULT.has(value)
}

export function stopsProcess(value: number): boolean {
  return STOPPING.has(value)
}
