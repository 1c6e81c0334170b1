// `errors`: logs queries that ended in an error. `consolidate` and `stacktrace` are refused by name.
// Source: CoreDNS plugin/errors.

import { argumentError, notSimulated } from '../../corefile/index.ts'
import { typeName } from '../../wire/index.ts'
import { andThen, type Plugin } from '../plugin.ts'

export const errors: Plugin = {
  name: 'errors',
  setup([directive], context) {
    const argument = directive?.args[0]
    if (argument !== undefined && argument !== 'stdout') throw argumentError(directive?.line ?? 1, argument, 'errors')
    const option = directive?.body?.[0]
    if (option !== undefined) throw notSimulated(`option ${option.name} of plugin errors`)
    return function logErrors(request, next) {
      return andThen(next(request), (outcome) => {
        if (outcome.kind === 'failure' && outcome.error !== undefined) {
          const { name, type } = request.question
          context.log(`[ERROR] plugin/errors: ${outcome.rcode} ${name} ${typeName(type)}: ${outcome.error}`)
        }
        return outcome
      })
    }
  },
}
