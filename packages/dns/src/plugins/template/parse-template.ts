// The `template` directive: class, type, zones, and in braces what matches and what is answered. Variables and conditions in
// the language of expr-lang (`var`, `expr`) are refused by name. Source: CoreDNS plugin/template/setup.go; messages are its.

import { argumentError, notSimulated, parseError, zonesOf, type Directive } from '../../corefile/index.ts'
import { classNumber, rcodeNumber, typeNumber } from '../../wire/index.ts'
import { goRegexp } from '../go-regexp.ts'
import { compileTemplate, type Template } from './go-template-run.ts'

export interface TemplateRule {
  readonly zones: readonly string[]
  /** 255: any. */
  readonly class: number
  /** 255: any. */
  readonly type: number
  readonly patterns: readonly RegExp[]
  readonly answer: readonly Template[]
  readonly additional: readonly Template[]
  readonly authority: readonly Template[]
  readonly rcode: number
  /** An extended DNS error (RFC 8914) to send along. */
  readonly extendedError: { readonly code: number; readonly text: string } | undefined
  /** Zones in which what does not match is the next template's, or plugin's. */
  readonly fallthrough: readonly string[]
}

type Draft = { -readonly [key in 'rcode' | 'extendedError' | 'fallthrough']: TemplateRule[key] } & {
  readonly patterns: RegExp[]
  readonly answer: Template[]
  readonly additional: Template[]
  readonly authority: Template[]
}

const PLUGIN = 'template'

export function parseTemplateRule(directive: Directive, blockZones: readonly string[]): TemplateRule {
  const { args, line } = directive
  const [className, typeName, ...zones] = args
  if (className === undefined || typeName === undefined) throw argumentError(line, args.at(-1) ?? PLUGIN, PLUGIN)
  const klass = classNumber(className)
  if (klass === undefined) throw parseError(line, `invalid query class ${className}`, PLUGIN)
  const type = typeName === typeName.toUpperCase() ? typeNumber(typeName) : undefined
  if (type === undefined) throw parseError(line, `invalid RR class ${typeName}`, PLUGIN)
  const draft: Draft = {
    patterns: [],
    answer: [],
    additional: [],
    authority: [],
    rcode: 0,
    extendedError: undefined,
    fallthrough: [],
  }
  for (const option of directive.body ?? []) readOption(draft, option)
  if (draft.patterns.length === 0) draft.patterns.push(/.*/)
  return { ...draft, zones: zones.length === 0 ? blockZones : zones.flatMap(zonesOf), class: klass, type }
}

function readOption(draft: Draft, { name, args, line }: Directive): void {
  const [first = ''] = args
  const needsArguments = (): void => {
    if (args.length === 0) throw argumentError(line, name, PLUGIN)
  }
  switch (name) {
    case 'match':
      needsArguments()
      draft.patterns.push(...args.map((text) => pattern(text, line)))
      return
    case 'answer':
    case 'additional':
    case 'authority':
      needsArguments()
      draft[name].push(...args.map((text) => compiled(name, text, line)))
      return
    case 'rcode': {
      needsArguments()
      const rcode = rcodeNumber(first)
      if (rcode === undefined) throw parseError(line, `unknown rcode ${first}`, PLUGIN)
      draft.rcode = rcode
      return
    }
    case 'ederror': {
      if (args.length !== 1 && args.length !== 2) throw argumentError(line, args.at(-1) ?? name, PLUGIN)
      if (!/^\d+$/.test(first) || Number(first) > 0xffff) {
        const reason = `strconv.ParseUint: parsing "${first}": ${/^\d+$/.test(first) ? 'value out of range' : 'invalid syntax'}`
        throw parseError(line, `error parsing extended DNS error code ${args.at(-1) ?? ''}, ${reason}\n`, PLUGIN)
      }
      draft.extendedError = { code: Number(first), text: args[1] ?? '' }
      return
    }
    case 'fallthrough':
      draft.fallthrough = args.length === 0 ? ['.'] : args.flatMap(zonesOf)
      return
    case 'upstream':
      return
    case 'var':
    case 'expr':
      throw notSimulated(`option ${name} of plugin template`)
    default:
      throw argumentError(line, name, PLUGIN)
  }
}

function compiled(section: string, text: string, line: number): Template {
  const template = compileTemplate(section, text)
  if (typeof template === 'function') return template
  throw parseError(line, `could not compile template: ${text}, ${template.problem}`, PLUGIN)
}

function pattern(text: string, line: number): RegExp {
  const regexp = goRegexp(text)
  if ('pattern' in regexp) return regexp.pattern
  throw parseError(line, `could not parse regex: ${text}, ${regexp.problem}`, PLUGIN)
}
