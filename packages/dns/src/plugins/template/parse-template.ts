// The `template` directive: class, type, zones, and in braces what matches and what is answered.
// Source: CoreDNS plugin/template/setup.go; messages are its.

import { argumentError, notSimulated, parseError, zonesOf, type Directive } from '../../corefile/index.ts'
import { rcodeNumber, typeNumber } from '../../wire/index.ts'
import { compileTemplate, type Template } from './go-template.ts'

export interface TemplateRule {
  readonly zones: readonly string[]
  /** Undefined: any. */
  readonly class: number | undefined
  readonly type: number | undefined
  readonly patterns: readonly RegExp[]
  readonly answer: readonly Template[]
  readonly additional: readonly Template[]
  readonly authority: readonly Template[]
  readonly rcode: number
  /** Zones in which what does not match is the next plugin's. */
  readonly fallthrough: readonly string[]
}

const PLUGIN = 'template'
const CLASSES: ReadonlyMap<string, number> = new Map([
  ['IN', 1],
  ['CH', 3],
  ['HS', 4],
])

export function parseTemplate(directive: Directive, blockZones: readonly string[]): TemplateRule {
  const { args, line } = directive
  const [className, typeName, ...zones] = args
  if (className === undefined || typeName === undefined) throw argumentError(line, args.at(-1) ?? PLUGIN, PLUGIN)
  const klass = CLASSES.get(className.toUpperCase())
  if (klass === undefined && className.toUpperCase() !== 'ANY') {
    throw parseError(line, `invalid query class ${className}`, PLUGIN)
  }
  const type = typeName.toUpperCase() === 'ANY' ? undefined : typeNumber(typeName.toUpperCase())
  if (type === undefined && typeName.toUpperCase() !== 'ANY') {
    throw parseError(line, `invalid RR class ${typeName}`, PLUGIN)
  }
  const draft = {
    patterns: [] as RegExp[],
    answer: [] as Template[],
    additional: [] as Template[],
    authority: [] as Template[],
  }
  let rcode = 0
  let fallthrough: readonly string[] = []
  for (const option of directive.body ?? []) {
    const { name, args: words } = option
    if (name === 'match') {
      if (words.length === 0) throw argumentError(option.line, name, PLUGIN)
      draft.patterns.push(...words.map((word) => pattern(word, option.line)))
    } else if (name === 'answer' || name === 'additional' || name === 'authority') {
      if (words.length === 0) throw argumentError(option.line, name, PLUGIN)
      draft[name].push(...words.map(compileTemplate))
    } else if (name === 'rcode') {
      const number = rcodeNumber((words[0] ?? '').toUpperCase())
      if (words.length !== 1) throw argumentError(option.line, name, PLUGIN)
      if (number === undefined) throw parseError(option.line, `unknown rcode ${words[0] ?? ''}`, PLUGIN)
      rcode = number
    } else if (name === 'fallthrough') fallthrough = words.length === 0 ? ['.'] : words.flatMap(zonesOf)
    else if (name === 'upstream') continue
    else if (name === 'ederror') throw notSimulated('option ederror of plugin template')
    else throw argumentError(option.line, name, PLUGIN)
  }
  if (draft.patterns.length === 0) draft.patterns.push(/.*/)
  return {
    ...draft,
    zones: zones.length === 0 ? blockZones : zones.flatMap(zonesOf),
    class: klass,
    type,
    rcode,
    fallthrough,
  }
}

/** Go's regexp: `(?P<name>…)` where JavaScript has `(?<name>…)`. */
function pattern(text: string, line: number): RegExp {
  try {
    return new RegExp(text.replaceAll('(?P<', '(?<').replace(/^\(\?i\)/, ''), text.startsWith('(?i)') ? 'i' : '')
  } catch {
    throw parseError(line, `could not parse regex: ${text}`, PLUGIN)
  }
}
