// Short and long options of a tool, in the getopt manner: `-abc`, `-n 5`, `-n5`, `--name=value`, `--`. Unknown ones are
// refused with the message GNU tools give.

export interface ToolOptions {
  readonly operands: readonly string[]
  has(...names: readonly string[]): boolean
  /** The last value of an option that takes one. */
  value(...names: readonly string[]): string | undefined
  values(name: string): readonly string[]
}

export type ParsedOptions = ToolOptions | { readonly problem: string }

/**
 * @param spec letters, those that take a value followed by `:`
 * @param long long names, those that take a value ending in `=`; `name` maps to itself in `has` and `value`
 */
export function parseOptions(args: readonly string[], spec: string, long: readonly string[] = []): ParsedOptions {
  const flags = new Map<string, string[]>()
  const add = (name: string, value: string): void => {
    flags.set(name, [...(flags.get(name) ?? []), value])
  }
  const operands: string[] = []
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? ''
    if (arg === '--') {
      operands.push(...args.slice(at + 1))
      break
    }
    if (arg.startsWith('--')) {
      const [name, value] = splitLong(arg.slice(2))
      if (long.includes(`${name}=`)) {
        const given = value ?? args[++at]
        if (given === undefined) return { problem: `option '--${name}' requires an argument` }
        add(name, given)
      } else if (long.includes(name)) add(name, value ?? '')
      else return { problem: `unrecognized option '${arg}'` }
      continue
    }
    if (!arg.startsWith('-') || arg === '-') {
      operands.push(arg)
      continue
    }
    for (let letter = 1; letter < arg.length; letter++) {
      const flag = arg.charAt(letter)
      const place = flag === ':' ? -1 : spec.indexOf(flag)
      if (place < 0) return { problem: `invalid option -- '${flag}'` }
      if (spec.charAt(place + 1) !== ':') {
        add(flag, '')
        continue
      }
      const given = letter + 1 < arg.length ? arg.slice(letter + 1) : args[++at]
      if (given === undefined) return { problem: `option requires an argument -- '${flag}'` }
      add(flag, given)
      break
    }
  }
  return {
    operands,
    has: (...names) => names.some((name) => flags.has(name)),
    value: (...names) => names.map((name) => flags.get(name)?.at(-1)).findLast((value) => value !== undefined),
    values: (name) => flags.get(name) ?? [],
  }
}

function splitLong(text: string): readonly [string, string | undefined] {
  const equals = text.indexOf('=')
  return equals < 0 ? [text, undefined] : [text.slice(0, equals), text.slice(equals + 1)]
}
