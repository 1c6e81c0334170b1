// Flags in a program's command line, as Go's and other flag packages read them.

/** The value of `-name value`, `-name=value`, `--name …`; undefined when it is not given. */
export function flagValue(argv: readonly string[], name: string): string | undefined {
  for (const [index, word] of argv.entries()) {
    const match = /^--?([^=]+)(?:=(.*))?$/s.exec(word)
    if (match !== null && match[1] === name) return match[2] ?? argv[index + 1]
  }
  return undefined
}
