// What a command-line tool answers: its output, its complaint, its exit status.

export interface ToolAnswer {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
}

export const done = (stdout = ''): ToolAnswer => ({ stdout, stderr: '', exitCode: 0 })

/** @param stderr without its last newline */
export const wrong = (stderr: string, exitCode: number): ToolAnswer => ({
  stdout: '',
  stderr: `${stderr}\n`,
  exitCode,
})
