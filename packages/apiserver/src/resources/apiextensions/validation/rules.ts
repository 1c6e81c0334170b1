// x-kubernetes-validations: the parts of each rule, and whether its expressions compile against the schema's types.
// Source: apiextensions-apiserver pkg/apis/apiextensions/validation (ValidateCustomResourceDefinitionOpenAPISchema).

import { RuleCompiler, type RuleCompilation } from '../../../custom-resources/cel/compile-rule.ts'
import { declaredType } from '../../../custom-resources/cel/declared-types.ts'
import type { ValidationRule } from '../../../objects/index.ts'
import type { FieldError } from '../../../validation/field-error.ts'
import { internalError, invalid, notSupported, required } from '../../../validation/field-errors.ts'
import { printedRule } from '../internal-print.ts'
import { findField } from './field-path.ts'
import type { Schema } from './schema-walk.ts'
import type { Cardinality, RuleCosts } from './rule-costs.ts'
import { structuralError } from './structural-form.ts'

const REASONS = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired']
const LINE_BREAK = /[\n\r]/

export function validateRules(schema: Schema, path: string): readonly FieldError[] {
  const rules = schema['x-kubernetes-validations'] ?? []
  return rules.flatMap((rule, index) => validateRule(rule, schema, `${path}.x-kubernetes-validations[${index}]`))
}

function validateRule(rule: ValidationRule, schema: Schema, path: string): readonly FieldError[] {
  const errors: FieldError[] = [...validateTexts(rule, path)]
  const { messageExpression = '', reason, fieldPath = '' } = rule
  if (messageExpression !== '' && trim(messageExpression) === '') {
    errors.push(required(`${path}.messageExpression`, 'messageExpression must be non-empty if specified'))
  }
  if (reason !== undefined && !REASONS.includes(reason)) errors.push(notSupported(`${path}.reason`, reason, REASONS))
  const at = `${path}.fieldPath`
  if (fieldPath === '') return errors
  if (trim(fieldPath) === '') errors.push(invalid(at, fieldPath, 'must be non-empty if specified'))
  if (LINE_BREAK.test(fieldPath)) errors.push(invalid(at, fieldPath, 'must not contain line breaks'))
  if (structuralError(schema) === undefined && typeof findField(fieldPath, schema, { brackets: true }) === 'string') {
    errors.push(invalid(at, fieldPath, 'must be a valid path'))
  }
  return errors
}

/** The first thing that is wrong with the rule's text and its message. */
function validateTexts({ rule, message = '' }: ValidationRule, path: string): readonly FieldError[] {
  if (trim(rule) === '') return [required(`${path}.rule`, 'rule is not specified')]
  if (message !== '' && trim(message) === '') {
    return [invalid(`${path}.message`, message, 'must be non-empty if specified')]
  }
  if (LINE_BREAK.test(trim(message))) return [invalid(`${path}.message`, message, 'must not contain line breaks')]
  if (LINE_BREAK.test(trim(rule)) && trim(message) === '') {
    return [required(`${path}.message`, 'message must be specified if rule contains line breaks')]
  }
  return []
}

/** Go's strings.TrimSpace. */
function trim(text: string): string {
  return text.replace(/^[\s\u0085]+|[\s\u0085]+$/g, '')
}

export interface RulePlace {
  readonly path: string
  readonly isRoot: boolean
  /** The first schema above whose parts of an old and a new object do not belong together. */
  readonly uncorrelatable: string | undefined
  readonly cardinality: Cardinality
  readonly costs: RuleCosts
}

const NO_TYPE =
  'internal error: failed to construct type information for x-kubernetes-validations rules: unable to convert structural ' +
  'schema to CEL declarations'

/** For schemas that are fine otherwise. */
export function compileRules(schema: Schema, place: RulePlace): readonly FieldError[] {
  const { path, isRoot } = place
  const rules = schema['x-kubernetes-validations'] ?? []
  if (rules.length === 0) return []
  if (declaredType(schema, isRoot, '') === undefined)
    return [internalError(`${path}.x-kubernetes-validations`, NO_TYPE)]
  const compiler = new RuleCompiler(schema, isRoot)
  return rules.flatMap((rule, index) =>
    compileRule(rule, compiler.compile(rule), `${path}.x-kubernetes-validations[${index}]`, place),
  )
}

function compileRule(
  rule: ValidationRule,
  compilation: RuleCompilation,
  at: string,
  { uncorrelatable, cardinality, costs }: RulePlace,
): readonly FieldError[] {
  const { error, messageError, usesOldSelf, maxCost, maxCardinality, messageMaxCost, compiled } = compilation
  const cost = maxCost === 0 ? 0 : maxCost * (cardinality ?? maxCardinality)
  const errors: FieldError[] = [...costs.count(`${at}.rule`, 'estimated rule cost', cost)]
  if (error !== undefined) errors.push(invalid(`${at}.rule`, printedRule(rule), error))
  if (messageError !== undefined) errors.push(invalid(`${at}.messageExpression`, printedRule(rule), messageError))
  else if (compiled?.message !== undefined) {
    errors.push(...costs.count(`${at}.messageExpression`, 'estimated messageExpression cost', messageMaxCost))
  }
  if (usesOldSelf && uncorrelatable !== undefined) {
    const text = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelatable}`
    errors.push(invalid(`${at}.rule`, rule.rule, text))
  } else if (!usesOldSelf && rule.optionalOldSelf !== undefined) {
    errors.push(invalid(`${at}.optionalOldSelf`, rule.optionalOldSelf, 'may not be set if oldSelf is not used in rule'))
  }
  return errors
}
