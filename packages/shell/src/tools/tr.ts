// tr: translate (`tr a-z A-Z`), delete (-d), squeeze (-s), complement (-c).

import type { Command } from '../command.ts'
import { expandEscapes } from './escapes.ts'
import { usageError } from './input.ts'
import { parseOptions } from './options.ts'

const CLASSES: ReadonlyMap<string, RegExp> = new Map([
  ['alpha', /[a-zA-Z]/],
  ['digit', /\d/],
  ['alnum', /[a-zA-Z0-9]/],
  ['upper', /[A-Z]/],
  ['lower', /[a-z]/],
  ['space', /[ \t\n\r\f\v]/],
  ['blank', /[ \t]/],
  ['punct', /[!-/:-@[-`{-~]/],
  ['xdigit', /[0-9A-Fa-f]/],
  ['cntrl', /[\0-\x1f\x7f]/],
  ['print', /[ -~]/],
  ['graph', /[!-~]/],
])

function characters(text: string): string[] {
  const result: string[] = []
  const plain = expandEscapes(text.replace(/\\([^0-7abefnrtv\\x])/g, '$1'), false).text
  for (let at = 0; at < plain.length; at++) {
    const named = /^\[:(\w+):\]/.exec(plain.slice(at))
    if (named !== null) {
      const matches = CLASSES.get(named[1] ?? '')
      for (let code = 0; code < 128; code++) {
        const char = String.fromCharCode(code)
        if (matches?.test(char) === true) result.push(char)
      }
      at += named[0].length - 1
    } else if (plain.charAt(at + 1) === '-' && at + 2 < plain.length) {
      for (let code = plain.charCodeAt(at); code <= plain.charCodeAt(at + 2); code++)
        result.push(String.fromCharCode(code))
      at += 2
    } else result.push(plain.charAt(at))
  }
  return result
}

export const tr: Command = async (context) => {
  const options = parseOptions(context.args, 'cCdst')
  if ('problem' in options) return usageError(context, options.problem)
  const [first, second] = options.operands
  if (first === undefined) return usageError(context, 'missing operand')
  const from = characters(first)
  const to = second === undefined ? [] : characters(second)
  const remove = options.has('d')
  if (!remove && second === undefined && !options.has('s'))
    return usageError(context, `missing operand after '${first}'`)
  const complement = options.has('c', 'C')
  const places = new Map<string, number>()
  for (const [index, char] of from.entries()) places.set(char, index)
  const inSet = (char: string): boolean => places.has(char) !== complement
  const squeezed = new Set(second === undefined ? from : to)
  const squeezes = (char: string): boolean => (second === undefined ? inSet(char) : squeezed.has(char))
  const decoder = new TextDecoder()
  let last: string | undefined
  for (let chunk = await context.stdin.read(); chunk !== undefined; chunk = await context.stdin.read()) {
    let out = ''
    for (const char of decoder.decode(chunk, { stream: true })) {
      if (remove && inSet(char)) continue
      const changed =
        !remove && second !== undefined && inSet(char)
          ? (to[complement ? to.length - 1 : Math.min(places.get(char) ?? 0, to.length - 1)] ?? char)
          : char
      if (options.has('s') && changed === last && squeezes(changed)) continue
      last = changed
      out += changed
    }
    await context.stdout.write(out)
  }
  return 0
}
