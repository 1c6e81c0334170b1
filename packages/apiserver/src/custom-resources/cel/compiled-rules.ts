// The x-kubernetes-validations of a schema, run over an object, with one budget for all of them. Source: apiextensions-apiserver
// pkg/apiserver/schema/cel/validation.go.

import { CelError, OBJECT_BUDGET, Optional, type Program, type Value } from '../../cel/index.ts'
import type { KubeObject } from '../../objects/kube-object.ts'
import type { ValidationRule } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { duplicate, forbiddenField, invalid, quote, required } from '../../validation/field-errors.ts'
import {
  additionalOf,
  asItems,
  childPath,
  isEmbeddedResource,
  isRecord,
  itemsOf,
  propertyOf,
  type Schema,
} from '../schema/walk.ts'
import { Correlation, correlatedItem } from '../validation/correlation.ts'
import { RuleCompiler, type CompiledRule } from './compile-rule.ts'
import { celValueOf, isVisible, withObjectFields } from './values.ts'

export interface CompiledRules {
  /** @param warn told of rules that an unchanged part breaks */
  validate(object: KubeObject, old: KubeObject | undefined, warn: (text: string) => void): readonly FieldError[]
}

/** Compiles when first asked. */
export function customRules(schema: Schema | undefined): () => CompiledRules | undefined {
  if (schema === undefined || !hasRules(schema)) return () => undefined
  let made: CompiledRules | undefined
  return () => (made ??= compileRules(schema))
}

/** True when a schema has rules anywhere. */
export function hasRules(schema: Schema | undefined): boolean {
  if (schema === undefined) return false
  if ((schema['x-kubernetes-validations'] ?? []).length > 0) return true
  return (
    hasRules(itemsOf(schema)) || hasRules(additionalOf(schema)) || Object.values(schema.properties ?? {}).some(hasRules)
  )
}

/** What the rules of a schema say of a value that has no old one, and of one that is its own: a default. */
export function validateDefault(value: unknown, schema: Schema, path: string, isRoot: boolean): readonly FieldError[] {
  const node = hasRules(schema) ? ruleNode(schema, schema, isRoot) : undefined
  if (node === undefined) return []
  const run = new Run(() => {})
  for (const old of [value, undefined]) {
    run.start(node, { path, value, old, correlation: undefined, nearest: undefined })
    if (run.errors.length > 0) break
  }
  return run.errors
}

function compileRules(schema: Schema): CompiledRules {
  const root = ruleNode(schema, schema, true)
  return {
    validate(object, old, warn) {
      const run = new Run(warn)
      const correlation = old === undefined ? undefined : new Correlation(object, old, schema)
      if (root !== undefined) run.start(root, { path: '', value: object, old, correlation, nearest: undefined })
      return run.errors
    },
  }
}

/** The rules at one place of a schema, and those below it. */
interface RuleNode {
  readonly schema: Schema
  readonly isRoot: boolean
  readonly rules: readonly CompiledRule[]
  readonly broken: readonly string[]
  readonly items: RuleNode | undefined
  readonly additional: RuleNode | undefined
  readonly properties: ReadonlyMap<string, RuleNode>
  readonly allOf: readonly RuleNode[]
}

/** @param rules where the rules stand; @param schema the structural schema they are about: another one inside allOf */
function ruleNode(rules: Schema, schema: Schema, isRoot: boolean): RuleNode | undefined {
  const own = rules['x-kubernetes-validations'] ?? []
  const compiler = new RuleCompiler(schema, isRoot)
  const compiled = own.map((rule) => compiler.compile(rule))
  const properties = new Map<string, RuleNode>()
  for (const [name, property] of Object.entries(rules.properties ?? {})) {
    const about = propertyOf(schema, name)
    if (about === undefined || !isVisible(about)) continue
    const node = ruleNode(property, about, isEmbeddedResource(about))
    if (node !== undefined) properties.set(name, node)
  }
  const node: RuleNode = {
    schema,
    isRoot,
    rules: compiled.flatMap((result) => result.compiled ?? []),
    broken: compiled.flatMap(({ error }) => error ?? []),
    items: innerNode(itemsOf(rules), itemsOf(schema)),
    additional: innerNode(additionalOf(rules), additionalOf(schema)),
    properties,
    allOf: (rules.allOf ?? []).flatMap((option) => ruleNode(option, schema, isRoot) ?? []),
  }
  const empty = own.length === 0 && node.items === undefined && node.additional === undefined
  return empty && properties.size === 0 && node.allOf.length === 0 ? undefined : node
}

function innerNode(rules: Schema | undefined, schema: Schema | undefined): RuleNode | undefined {
  return rules === undefined || schema === undefined ? undefined : ruleNode(rules, schema, isEmbeddedResource(schema))
}

interface Place {
  readonly path: string
  readonly value: unknown
  readonly old: unknown
  /** undefined where no old value corresponds to this one. */
  readonly correlation: Correlation | undefined
  /** The closest place further out that corresponds to an old value. */
  readonly nearest: Correlation | undefined
}

/** The budget is used up: no more rules are run. */
class OutOfBudget extends Error {}

class Run {
  readonly errors: FieldError[] = []
  #budget = OBJECT_BUDGET
  readonly #warn: (text: string) => void

  constructor(warn: (text: string) => void) {
    this.#warn = warn
  }

  /** Everything below, until the budget is used up. */
  start(node: RuleNode, place: Place): void {
    try {
      this.visit(node, place)
    } catch (error) {
      if (!(error instanceof OutOfBudget)) throw error
    }
  }

  visit(node: RuleNode, place: Place): void {
    const { value } = place
    if (value === null || value === undefined) return
    this.#expressions(node, place)
    for (const option of node.allOf) this.visit(option, { ...place, correlation: undefined })
    const items = asItems(value)
    if (items !== undefined) this.#items(node, place, items)
    else if (isRecord(value)) this.#members(node, place, value)
  }

  #items(node: RuleNode, place: Place, items: readonly unknown[]): void {
    if (node.items === undefined) return
    for (const [index, item] of items.entries()) {
      const old = correlatedItem(node.schema, item, place.old)
      const inner = descended(place, place.correlation?.index(index))
      this.visit(node.items, { ...inner, path: `${place.path}[${index}]`, value: item, old })
    }
  }

  #members(node: RuleNode, place: Place, value: Readonly<Record<string, unknown>>): void {
    const olds = isRecord(place.old) ? place.old : {}
    for (const key of Object.keys(value)) {
      const property = node.properties.get(key)
      const below = property ?? (propertyOf(node.schema, key) === undefined ? node.additional : undefined)
      if (below === undefined) continue
      const path = property === undefined ? `${place.path}[${key}]` : childPath(place.path, key)
      const old = Object.hasOwn(olds, key) ? olds[key] : undefined
      this.visit(below, { ...descended(place, place.correlation?.key(key)), path, value: value[key], old })
    }
  }

  #expressions(node: RuleNode, place: Place): void {
    const { path, value, old } = place
    const at = path === '' ? '<nil>' : path
    const type = node.schema.type ?? ''
    for (const error of node.broken) this.errors.push(invalid(at, type, `rule compile error: ${error}`))
    if (node.rules.length === 0) return
    if (this.#budget <= 0) this.#give(invalid(at, type, NO_BUDGET))
    const schema = node.isRoot ? withObjectFields(node.schema) : node.schema
    const self = celValueOf(value, schema)
    const oldSelf = old === null || old === undefined ? undefined : celValueOf(old, schema)
    for (const compiled of node.rules) {
      const optional = compiled.rule.optionalOldSelf === true
      if (compiled.usesOldSelf && oldSelf === undefined && !optional) continue
      const variables = variablesOf(self, oldSelf ?? null)
      const asked = optional ? variablesOf(self, new Optional(oldSelf)) : variables
      const { value: outcome, cost } = compiled.program.run(asked)
      if (cost > this.#budget) this.#give(invalid(at, type, NO_BUDGET))
      this.#budget -= cost
      if (outcome instanceof CelError) this.#broke(compiled, outcome, at, type)
      else if (outcome !== true) this.#failed(compiled, variables, place, node)
    }
  }

  /** The last error there is. */
  #give(error: FieldError): never {
    this.errors.push(error)
    throw new OutOfBudget()
  }

  #broke({ rule }: CompiledRule, { message }: CelError, at: string, type: string): void {
    const text = ruleText(rule)
    if (message.startsWith('no such overload')) {
      const why = 'call arguments did not match a supported operator, function or macro signature for rule'
      this.errors.push(invalid(at, type, `'${message}': ${why}: ${text}`))
    } else if (message.startsWith(TOO_EXPENSIVE)) {
      const why = 'no further validation rules will be run due to call cost exceeds limit for rule'
      this.#give(invalid(at, type, `'${message}': ${why}: ${text}`))
    } else this.errors.push(invalid(at, type, `${message} evaluating rule: ${text}`))
  }

  #failed(compiled: CompiledRule, variables: Variables, place: Place, node: RuleNode): void {
    const { rule, message } = compiled
    const inside = fieldPathOf(rule)
    const path = inside === '' ? place.path : childPath(place.path, inside)
    const at = path === '' ? '<nil>' : path
    const told = message === undefined ? {} : this.#message(message, rule, variables)
    if (told.problem !== undefined) {
      this.#tell(compiled, invalid(at, node.schema.type ?? '', told.problem), place)
      throw new OutOfBudget()
    }
    const omits = node.schema.type === 'object' || node.schema.type === 'array'
    const shown = omits ? undefined : { value: place.value }
    this.#tell(compiled, failure(at, rule, told.text ?? ruleMessage(rule), shown), place)
  }

  #message(program: Program, { messageExpression = '' }: ValidationRule, variables: Variables): Message {
    const { value, cost } = program.run(variables)
    if (cost > this.#budget) {
      return {
        problem:
          'messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run',
      }
    }
    if (value instanceof CelError && value.message.startsWith(TOO_EXPENSIVE)) {
      const why = 'no further validation rules will be run due to call cost exceeds limit for messageExpression'
      return { problem: `${why}: ${quote(messageExpression)}` }
    }
    this.#budget -= cost
    const text = typeof value === 'string' ? value.trim() : ''
    const isUsable = text !== '' && !text.includes('\n') && Buffer.byteLength(text) <= MAX_MESSAGE_BYTES
    return isUsable ? { text } : {}
  }

  /** An error, or a warning where nothing changed. */
  #tell(compiled: CompiledRule, error: FieldError, place: Place): void {
    const unchanged = (place.correlation ?? place.nearest)?.unchanged() === true
    if (!compiled.usesOldSelf && unchanged) this.#warn(`${error.field}: ${error.body}`)
    else this.errors.push(error)
  }
}

/** What a message expression says; nothing usable: neither. */
interface Message {
  readonly text?: string
  /** Why no more rules are run. */
  readonly problem?: string
}

function descended(
  { correlation, nearest }: Place,
  next: Correlation | undefined,
): Pick<Place, 'correlation' | 'nearest'> {
  return { correlation: next, nearest: correlation ?? nearest }
}

/** `.spec.color` → spec.color; paths with brackets read as they are written. */
function fieldPathOf({ fieldPath = '' }: ValidationRule): string {
  return fieldPath
    .replace(/\['((?:\\.|[^'\\])*)'\]/g, (_, name: string) => `.${name.replace(/\\(.)/g, '$1')}`)
    .replace(/^\./, '')
}

function failure(
  path: string,
  { reason }: ValidationRule,
  detail: string,
  shown: { readonly value: unknown } | undefined,
): FieldError {
  switch (reason) {
    case 'FieldValueForbidden':
      return forbiddenField(path, detail)
    case 'FieldValueRequired':
      return required(path, detail)
    case 'FieldValueDuplicate':
      return shown === undefined
        ? { reason: 'FieldValueDuplicate', field: path, body: 'Duplicate value' }
        : duplicate(path, shown.value)
    default:
      return shown === undefined
        ? { reason: 'FieldValueInvalid', field: path, body: `Invalid value: ${detail}` }
        : invalid(path, shown.value, detail)
  }
}

type Variables = ReadonlyMap<string, Value>

function variablesOf(self: Value, oldSelf: Value): Variables {
  return new Map([
    ['self', self],
    ['oldSelf', oldSelf],
  ])
}

const NO_BUDGET = 'validation failed due to running out of cost budget, no further validation rules will be run'
const TOO_EXPENSIVE = 'operation cancelled: actual cost limit exceeded'
const MAX_MESSAGE_BYTES = 5 * 1024

function ruleMessage(rule: ValidationRule): string {
  return (rule.message ?? '') === '' ? `failed rule: ${ruleText(rule)}` : ruleText(rule)
}

function ruleText({ message = '', rule }: ValidationRule): string {
  return (message === '' ? rule : message).trim()
}
