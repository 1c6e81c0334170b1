// Compiles one rule of a schema: checked against the schema's types, priced by its limits, then made ready to run. Source:
// apiextensions-apiserver pkg/apiserver/schema/cel/compilation.go.

import {
  compile,
  estimateCost,
  MAX_REQUEST_BYTES,
  PlanError,
  programOf,
  type Compiled,
  type Environment,
  type Program,
  type SizeAt,
} from '../../cel/index.ts'
import { optionalOf, type Type } from '../../cel/types/type.ts'
import type { ValidationRule } from '../../objects/index.ts'
import type { Schema } from '../schema/walk.ts'
import { declaredAt, declaredType, structsIn, type DeclaredType } from './declared-types.ts'

export interface CompiledRule {
  readonly rule: ValidationRule
  readonly program: Program
  readonly message: Program | undefined
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
  /** What it can cost at most, run once. */
  readonly maxCost: number
  readonly messageMaxCost: number
  /** How often it can run where nothing bounds the lists and maps around it. */
  readonly maxCardinality: number
}

const NOTHING = { usesOldSelf: false, maxCost: 0, messageMaxCost: 0, maxCardinality: 0 }
/** Upstream's have digits of the moment, so that nobody relies on them. */
const SELF_TYPE = 'selfType0'

/** Compiles rules of one schema: its types are declared once. */
export class RuleCompiler {
  readonly #schema: Schema
  readonly #isRoot: boolean
  #declared: DeclaredType | undefined
  #structs: ReturnType<typeof structsIn> | undefined

  constructor(schema: Schema, isRoot: boolean) {
    this.#schema = schema
    this.#isRoot = isRoot
  }

  compile(rule: ValidationRule): RuleCompilation {
    if (rule.rule.trim() === '') return NOTHING
    this.#declared ??= declaredType(this.#schema, this.#isRoot, SELF_TYPE)
    const declared = this.#declared
    if (declared === undefined) return { ...NOTHING, error: 'failed to convert to declType for CEL validation rules' }
    const environment = this.#environment(declared, rule.optionalOldSelf === true)
    const checked = compile(rule.rule, environment)
    if (typeof checked === 'string') return { ...NOTHING, error: `compilation failed: ${checked}` }
    if (checked.type.kind !== 'bool') return { ...NOTHING, error: 'cel expression must evaluate to a bool' }
    const usesOldSelf = checked.mentions('oldSelf')
    const program = ready(checked)
    if (typeof program === 'string')
      return { ...NOTHING, usesOldSelf, error: `program instantiation failed: ${program}` }
    const sizeAt: SizeAt = (path) => {
      const found = path.length === 0 ? undefined : declaredAt(declared, path)
      return found === undefined ? undefined : { min: 0, max: found.maxElements }
    }
    const message = messageOf(rule, environment, sizeAt)
    return {
      usesOldSelf,
      maxCost: estimateCost(checked.checked, sizeAt).max,
      maxCardinality: Math.floor(MAX_REQUEST_BYTES / (declared.minSize + 1)),
      messageMaxCost: message.maxCost,
      ...(message.error === undefined ? {} : { messageError: message.error }),
      compiled: { rule, program, message: message.program, usesOldSelf },
    }
  }

  #environment(declared: DeclaredType, optional: boolean): Environment {
    const structs = (this.#structs ??= structsIn(declared))
    const { type } = declared
    const variables = new Map<string, Type>([
      ['self', type],
      ['oldSelf', optional ? optionalOf(type) : type],
    ])
    return { variables, fieldsOf: (name) => structs.get(name) }
  }
}

function ready({ checked }: Compiled): Program | string {
  try {
    return programOf(checked)
  } catch (error) {
    if (error instanceof PlanError) return error.message
    throw error
  }
}

interface CompiledMessage {
  readonly program?: Program
  readonly error?: string
  readonly maxCost: number
}

function messageOf(
  { messageExpression = '' }: ValidationRule,
  environment: Environment,
  sizeAt: SizeAt,
): CompiledMessage {
  if (messageExpression === '') return { maxCost: 0 }
  const checked = compile(messageExpression, environment)
  if (typeof checked === 'string') return { maxCost: 0, error: `messageExpression compilation failed: ${checked}` }
  if (checked.type.kind !== 'string') return { maxCost: 0, error: 'messageExpression must evaluate to a string' }
  const program = ready(checked)
  if (typeof program === 'string') return { maxCost: 0, error: `messageExpression instantiation failed: ${program}` }
  return { program, maxCost: estimateCost(checked.checked, sizeAt).max }
}

/** What the definition's own validation asks. */
export function compileRule(rule: ValidationRule, schema: Schema, isRoot: boolean): RuleCompilation {
  return new RuleCompiler(schema, isRoot).compile(rule)
}
