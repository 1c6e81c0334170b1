// The has() macro for any field: `has(self.items[0].name)`; cel-js knows only chains of names. Source: cel-go parser/macro.go,
// checker (presence tests: the field has to be declared).

import type { ASTNode, Environment } from '@marcbachmann/cel-js'
import { loadCel } from '../load-cel.ts'
import { OWN_NAMES } from './own-names.ts'

interface Checker {
  check(node: ASTNode, context: unknown): unknown
  getType(name: string): unknown
  createError(code: string, message: string, node: ASTNode): Error
}

interface Evaluator {
  run(node: ASTNode, context: unknown): unknown
}

interface Macro {
  readonly argument: ASTNode
}

export function addHas(environment: Environment): void {
  environment.registerFunction(`${OWN_NAMES.has}(ast): bool`, ({ args }: { readonly args: readonly [ASTNode] }) => ({
    argument: args[0],
    typeCheck(checker: Checker, { argument }: Macro, context: unknown): unknown {
      if (argument.op !== '.' && argument.op !== '.?') {
        throw checker.createError('invalid_macro_argument', 'invalid argument to has() macro', argument)
      }
      checker.check(argument, context)
      return checker.getType('bool')
    },
    evaluate: (evaluator: Evaluator, { argument }: Macro, context: unknown): boolean =>
      isSet(evaluator, argument, context),
  }))
}

function isSet(evaluator: Evaluator, argument: ASTNode, context: unknown): boolean {
  if (argument.op !== '.' && argument.op !== '.?') return false
  const [holder, name] = argument.args
  const found = evaluator.run(holder, context)
  const value = found instanceof loadCel().Optional ? (found.hasValue() ? found.value() : undefined) : found
  if (value instanceof Map) return value.has(name)
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
}
