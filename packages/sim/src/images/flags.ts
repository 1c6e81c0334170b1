// Flags in a program's command line, as Go's and other flag packages read them.

/** The value of `-name value`, `-name=value`, `--name …`; undefined when it is not given. */
export function flagValue(argv: readonly string[], name: string): string | undefined {
  for (const [index, word] of argv.entries()) {
    const match = /^--?([^=]+)(?:=(.*))?$/s.exec(word)
    if (match !== null && match[1] === name) return match[2] ?? argv[index + 1]
  }
  return undefined
}

/** A flag of yes or no: `--name`, `--name=false`; undefined when it is not given. */
export function truthOf(argv: readonly string[], name: string): boolean | undefined {
  for (const word of argv) {
    const match = /^--?([^=]+)(?:=(.*))?$/s.exec(word)
    if (match?.[1] === name) return match[2] === undefined || /^(?:1|t|true)$/i.test(match[2])
  }
  return undefined
}

/** Names of flags that are none of these, in order. */
export function unknownFlags(argv: readonly string[], known: readonly string[]): readonly string[] {
  const names = new Set(known)
  return argv.flatMap((word) => {
    const name = /^--?([^=]+)/.exec(word)?.[1]
    return name === undefined || names.has(name) ? [] : [name]
  })
}
