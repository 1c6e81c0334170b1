// `errors`: logs queries that ended in an error, or counts those alike (consolidate.ts). `stacktrace` adds Go's stack to a
// panic, and nothing panics here. Source: CoreDNS plugin/errors.

import { argumentError, parseError } from '../../corefile/index.ts'
import { typeName } from '../../wire/index.ts'
import { andThen, type Plugin } from '../plugin.ts'
import { Consolidation, parseConsolidate, type ConsolidateRule } from './consolidate.ts'

export const errors: Plugin = {
  name: 'errors',
  setup([directive, second], context) {
    if (directive === undefined) return undefined
    const { args, line } = directive
    if (second !== undefined)
      throw parseError(second.line, 'this plugin can only be used once per Server Block', 'errors')
    if (args.length > 1) throw argumentError(line, args.at(-1) ?? '', 'errors')
    if (args[0] !== undefined && args[0] !== 'stdout') throw parseError(line, `invalid log file: ${args[0]}`, 'errors')
    const rules: ConsolidateRule[] = []
    for (const option of directive.body ?? []) {
      if (option.name === 'consolidate') rules.push(parseConsolidate(option))
      else if (option.name !== 'stacktrace') {
        const problem = `Syntax error: Unexpected token '${option.name}', expecting 'Unknown field ${option.name}'`
        throw parseError(option.line, problem, 'errors')
      }
    }
    const write = (level: string, text: string): void => {
      // Debug messages need the plugin of that name.
      if (level !== 'debug') context.log(`[${level.toUpperCase()}] plugin/errors: ${text}`)
    }
    const consolidations = rules.map((rule) => new Consolidation(rule, context.engine, write))
    context.onStop(() => {
      for (const consolidation of consolidations) consolidation.stop()
    })
    return function logErrors(request, next) {
      return andThen(next(request), (outcome) => {
        const { error } = outcome
        if (error === undefined) return outcome
        const alike = consolidations.find(({ rule }) => rule.pattern.test(error))
        if (alike?.take() === true) return outcome
        const { name, type } = request.question
        const rcode = outcome.kind === 'reply' ? 0 : outcome.rcode
        write(alike?.rule.level ?? 'error', `${rcode} ${name.toLowerCase()} ${typeName(type)}: ${error}`)
        return outcome
      })
    }
  },
}
