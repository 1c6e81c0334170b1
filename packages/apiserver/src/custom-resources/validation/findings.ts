// What validating a value against a schema found. Source: kube-openapi pkg/validation/validate/result.go and errors/schema.go;
// how findings become field errors: apiextensions-apiserver pkg/apiserver/validation/validation.go.

import type { FieldError } from '../../validation/field-error.ts'
import { goJson } from '../../objects/go-json.ts'
import { invalid, notSupported, printValue, required, tooLong, tooMany } from '../../validation/field-errors.ts'

export type FindingCode = 'type' | 'required' | 'enum' | 'too-long' | 'too-many' | 'other'

export interface Finding {
  readonly code: FindingCode
  /** Where; absent for findings about a schema as a whole, which name no field. */
  readonly field?: string
  readonly message: string
  readonly value?: unknown
  /** What would be allowed: a limit, or the values of an enum. */
  readonly allowed?: number | readonly unknown[]
}

/** Findings in order, each message once, and how many checks were made: the best of several failures is the one with most. */
export class Findings {
  readonly list: Finding[] = []
  checks = 0
  readonly #messages = new Set<string>()

  get valid(): boolean {
    return this.list.length === 0
  }

  add(finding: Finding): void {
    if (this.#messages.has(finding.message)) return
    this.#messages.add(finding.message)
    this.list.push(finding)
  }

  merge(other: Findings): void {
    for (const finding of other.list) this.add(finding)
    this.checks += other.checks
  }
}

/** @param base the path of the value that was validated */
export function fieldErrorOf(finding: Finding, base: string): FieldError {
  const { code, value, allowed } = finding
  const path = fieldPath(finding.field, base)
  switch (code) {
    case 'required':
      return required(path)
    case 'enum':
      return notSupported(path, value, (allowed as readonly unknown[]).map(enumText))
    case 'too-long':
      return tooLong(path, allowed as number)
    case 'too-many':
      return tooMany(path, value as number, allowed as number)
    case 'type':
      return {
        reason: 'FieldValueTypeInvalid',
        field: path,
        body: `Invalid value: ${printValue(value ?? '')}: ${finding.message}`,
      }
    default:
      return invalid(path, value ?? '', finding.message)
  }
}

function enumText(value: unknown): string {
  return typeof value === 'string' ? value : goJson(value)
}

function fieldPath(field: string | undefined, base: string): string {
  if (field === undefined || field === '' || field === '.') return base === '' ? '<nil>' : base
  const name = field.startsWith('.') ? field.slice(1) : field
  return base === '' ? name : `${base}.${name}`
}
