// The `rewrite` directive: fields name, type, class, edns0, ttl, cname and rcode, on one line or in braces, whose lines are
// read as one. Source: CoreDNS plugin/rewrite/{rewrite,setup,type,class}.go.

import type { Directive } from '../../corefile/index.ts'
import { classNumber, typeNumber } from '../../wire/index.ts'
import { cnameRule } from './cname-rule.ts'
import { ednsRule } from './edns-rule.ts'
import { nameRule } from './name-rule.ts'
import { rcodeRule, ttlRule } from './reply-rules.ts'
import { ruleError, type Rule } from './rule.ts'

export function parseRule(directive: Directive): Rule {
  const lines = directive.body?.flatMap((option) => [option.name, ...option.args]) ?? []
  const words = directive.args.length < 2 ? [...directive.args, ...lines] : [...directive.args]
  if (words.length === 0) throw ruleError('no rule type specified for rewrite')
  const mode = words[0]?.toLowerCase()
  const hasMode = mode === 'continue' || mode === 'stop'
  if (hasMode && words.length < 2) throw ruleError(`${mode} rule must begin with a rule type`)
  const [field = '', ...args] = hasMode ? words.slice(1) : words
  const stop = mode !== 'continue'
  switch (field.toLowerCase()) {
    case 'name':
      return nameRule(args, stop)
    case 'type':
      return numberRule(args, stop, 'type', typeNumber)
    case 'class':
      return numberRule(args, stop, 'class', classNumber)
    case 'edns0':
      return ednsRule(args, stop)
    case 'ttl':
      return ttlRule(args, stop)
    case 'cname':
      return cnameRule(args, stop)
    case 'rcode':
      return rcodeRule(args, stop)
    case 'answer':
      throw ruleError('response rewrites must begin with a name rule')
    default:
      throw ruleError(`invalid rule type "${words[0] ?? ''}"`)
  }
}

function numberRule(
  args: readonly string[],
  stop: boolean,
  field: 'type' | 'class',
  read: (text: string) => number | undefined,
): Rule {
  if (args.length !== 2) throw ruleError(`${field} rules must have exactly two arguments`)
  const [old, now] = args.map((text) => {
    const number = read(text.toUpperCase())
    if (number === undefined) throw ruleError(`invalid ${field} "${text.toUpperCase()}"`)
    return number
  })
  return {
    stop,
    apply: ({ question, edns }) =>
      question[field] === old ? { question: { ...question, [field]: now }, edns, steps: [] } : undefined,
  }
}
