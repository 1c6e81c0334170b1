// Compiles one rule of a schema: checked against the schema's types, then made ready to run. Source: apiextensions-apiserver
// pkg/apiserver/schema/cel/compilation.go.

import type { ASTNode, Environment, ParseResult } from '@marcbachmann/cel-js'
import type { ValidationRule } from '../../objects/index.ts'
import type { Schema } from '../schema/walk.ts'
import { compileErrorText, notSimulatedText } from './compile-error.ts'
import { DeclaredTypes } from './declared-types.ts'
import { checkingEnvironment, runningEnvironment } from './environment.ts'
import { withOwnNames } from './library/own-names.ts'
import { loadCel } from './load-cel.ts'

export interface CompiledRule {
  readonly rule: ValidationRule
  readonly program: ParseResult
  readonly message: ParseResult | undefined
  /** A transition rule: it runs only where there is an old value. */
  readonly usesOldSelf: boolean
}

export interface RuleCompilation {
  /** undefined for an empty rule, and for one that does not compile. */
  readonly compiled?: CompiledRule
  /** e.g. `compilation failed: ERROR: <input>:1:5: undefined field 'x' …` */
  readonly error?: string
  readonly messageError?: string
  readonly usesOldSelf: boolean
}

/** Compiles rules of one schema: its types are declared once. */
export class RuleCompiler {
  readonly #schema: Schema
  readonly #isRoot: boolean
  /** By whether oldSelf is optional. */
  readonly #environments = new Map<boolean, Environment>()

  constructor(schema: Schema, isRoot: boolean) {
    this.#schema = schema
    this.#isRoot = isRoot
  }

  compile(rule: ValidationRule): RuleCompilation {
    if (rule.rule.trim() === '') return { usesOldSelf: false }
    const optional = rule.optionalOldSelf === true
    const checked = this.#check(rule.rule, optional, 'bool')
    if (typeof checked === 'string') {
      const error = checked === '' ? 'cel expression must evaluate to a bool' : `compilation failed: ${checked}`
      return { error, usesOldSelf: false }
    }
    const usesOldSelf = mentions(checked.ast, 'oldSelf')
    const environment = runningEnvironment(optional)
    const { messageExpression = '' } = rule
    const messageError = messageExpression === '' ? undefined : this.#messageError(messageExpression, optional)
    const message =
      messageExpression === '' || messageError !== undefined
        ? undefined
        : environment.parse(withOwnNames(messageExpression))
    return {
      usesOldSelf,
      ...(messageError === undefined ? {} : { messageError }),
      compiled: { rule, program: environment.parse(withOwnNames(rule.rule)), message, usesOldSelf },
    }
  }

  #messageError(expression: string, optional: boolean): string | undefined {
    const checked = this.#check(expression, optional, 'string')
    if (typeof checked !== 'string') return undefined
    return checked === ''
      ? 'messageExpression must evaluate to a string'
      : `messageExpression compilation failed: ${checked}`
  }

  #environment(optional: boolean): Environment {
    const known = this.#environments.get(optional)
    if (known !== undefined) return known
    const made = checkingEnvironment()
    const type = new DeclaredTypes(made).nameOf(this.#schema, this.#isRoot)
    made.registerVariable('self', type).registerVariable('oldSelf', optional ? `optional<${type}>` : type)
    this.#environments.set(optional, made)
    return made
  }

  /** The parsed expression, why it does not compile, or '' when its type is another. */
  #check(expression: string, optional: boolean, wanted: 'bool' | 'string'): ParseResult | string {
    const environment = this.#environment(optional)
    const { ParseError } = loadCel()
    try {
      const parsed = environment.parse(withOwnNames(expression))
      const macro = twoVariableMacro(parsed.ast)
      if (macro !== undefined) return notSimulatedText(`macro '${macro}' with two variables`, expression)
      const { valid, type: result = 'dyn', error } = parsed.check()
      if (!valid) return error === undefined ? 'ERROR: invalid expression' : compileErrorText(error, expression)
      return result === wanted || result === 'dyn' || result === `dyn<${wanted}>` ? parsed : ''
    } catch (error) {
      if (error instanceof ParseError) return compileErrorText(error, expression)
      throw error
    }
  }
}

/** True when an expression speaks of a variable. */
function mentions(node: ASTNode, name: string): boolean {
  if (node.op === 'id') return node.args === name
  return parts(node.args).some((part) => mentions(part, name))
}

function parts(args: unknown): readonly ASTNode[] {
  if (Array.isArray(args)) return (args as unknown[]).flatMap(parts)
  return typeof args === 'object' && args !== null && 'op' in args ? [args as ASTNode] : []
}

const TWO_VARIABLE_MACROS: ReadonlySet<string> = new Set(['all', 'exists', 'existsOne', 'exists_one'])

/** cel-js has no `all(key, value, …)`. */
function twoVariableMacro(node: ASTNode): string | undefined {
  if (node.op === 'rcall') {
    const [name, , args] = node.args
    if (args.length === 3 && TWO_VARIABLE_MACROS.has(name)) return name
  }
  for (const part of parts(node.args)) {
    const found = twoVariableMacro(part)
    if (found !== undefined) return found
  }
  return undefined
}

/** What the definition's own validation asks. */
export function compileRule(rule: ValidationRule, schema: Schema, isRoot: boolean): RuleCompilation {
  return new RuleCompiler(schema, isRoot).compile(rule)
}
