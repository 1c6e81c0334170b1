// Where the door says what an operator should know when nobody else is told: standard error, a line each.

export function logToStderr(line: string): void {
  process.stderr.write(`podwire: ${line}\n`)
}

export function reportToStderr(error: unknown): void {
  process.stderr.write(`podwire: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
}
