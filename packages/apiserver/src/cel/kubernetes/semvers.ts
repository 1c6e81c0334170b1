// Versions in rules: `semver("1.2.3-rc.1").isLessThan(semver("1.2.3"))`; with `true` as a second argument `v1.2` will do.
// Source: apiserver pkg/cel/library/semverlib.go, github.com/blang/semver/v4.

import { compareText } from '@podwire/engine'
import { quote } from '../../validation/field-errors.ts'
import type { FunctionTable, Run } from '../functions/function-table.ts'
import { CelError, NO_OVERLOAD, type LibraryValue, type Value } from '../run/values.ts'
import { readType } from '../types/type.ts'

const NAME = 'kubernetes.Semver'
const UINT64 = 2n ** 64n

class SemverValue implements LibraryValue {
  readonly celType = readType(NAME)
  readonly numbers: readonly bigint[]
  readonly preRelease: readonly string[]

  constructor(numbers: readonly bigint[], preRelease: readonly string[]) {
    this.numbers = numbers
    this.preRelease = preRelease
  }

  equals(other: LibraryValue): boolean {
    return other instanceof SemverValue && compare(this, other) === 0
  }
}

function parse(text: string): SemverValue | CelError {
  if (text === '') return new CelError('Version string empty')
  const [major, minor, ...rest] = text.split('.')
  if (major === undefined || minor === undefined || rest.length === 0) {
    return new CelError('No Major.Minor.Patch elements found')
  }
  const [, core = '', pre, build] = /^([^+-]*)(?:-([^+]*))?(?:\+(.*))?$/s.exec(rest.join('.')) ?? []
  const numbers: bigint[] = []
  for (const [name, digits] of [
    ['major', major],
    ['minor', minor],
    ['patch', core],
  ] as const) {
    const problem = numberProblem(digits, name)
    if (problem !== undefined) return new CelError(problem)
    numbers.push(BigInt(digits))
  }
  const preRelease = pre === undefined ? [] : pre.split('.')
  for (const part of preRelease) {
    if (part === '') return new CelError('Prerelease is empty')
    if (/^\d+$/.test(part) && part.length > 1 && part.startsWith('0')) {
      return new CelError(`Numeric PreRelease version must not contain leading zeroes ${quote(part)}`)
    }
    if (!/^[0-9A-Za-z-]+$/.test(part)) return new CelError(`Invalid character(s) found in prerelease ${quote(part)}`)
  }
  for (const part of build === undefined ? [] : build.split('.')) {
    if (part === '') return new CelError('Build meta data is empty')
    if (!/^[0-9A-Za-z-]+$/.test(part))
      return new CelError(`Invalid character(s) found in build meta data ${quote(part)}`)
  }
  return new SemverValue(numbers, preRelease)
}

function numberProblem(digits: string, name: string): string | undefined {
  if (/[^0-9]/.test(digits)) return `Invalid character(s) found in ${name} number ${quote(digits)}`
  if (digits.length > 1 && digits.startsWith('0')) {
    return `${name.charAt(0).toUpperCase()}${name.slice(1)} number must not contain leading zeroes ${quote(digits)}`
  }
  if (digits === '') return 'strconv.ParseUint: parsing "": invalid syntax'
  return BigInt(digits) < UINT64 ? undefined : `strconv.ParseUint: parsing ${quote(digits)}: value out of range`
}

/** `v1.02` → 1.2.0 */
function normalized(text: string): string | CelError {
  const [major = '', minor, ...rest] = text.replace(/^v/, '').split('.')
  const parts = [major, ...(minor === undefined ? [] : [minor]), ...(rest.length === 0 ? [] : [rest.join('.')])]
  const trimmed = parts.map((part) => {
    if (part.length <= 1) return part
    const short = part.replace(/^0+/, '')
    return /^\d/.test(short) ? short : `0${short}`
  })
  if (trimmed.length < 3 && /[+-]/.test(trimmed.at(-1) ?? '')) {
    return new CelError('short version cannot contain PreRelease/Build meta data')
  }
  return [...trimmed, '0', '0'].slice(0, 3).join('.')
}

function read(text: Value | undefined, normalize: Value | undefined): SemverValue | CelError {
  if (typeof text !== 'string') return NO_OVERLOAD
  if (normalize !== true) return parse(text)
  const plain = normalized(text)
  return plain instanceof CelError ? plain : parse(plain)
}

function compare(a: SemverValue, b: SemverValue): number {
  for (const [index, number] of a.numbers.entries()) {
    const other = b.numbers[index] ?? 0n
    if (number !== other) return number > other ? 1 : -1
  }
  if (a.preRelease.length === 0 || b.preRelease.length === 0)
    return Number(b.preRelease.length > 0) - Number(a.preRelease.length > 0)
  for (const [index, part] of a.preRelease.entries()) {
    const other = b.preRelease[index]
    if (other === undefined) return 1
    const order = comparePreRelease(part, other)
    if (order !== 0) return order
  }
  return a.preRelease.length < b.preRelease.length ? -1 : 0
}

/** Numbers come before words. */
function comparePreRelease(a: string, b: string): number {
  const numeric = [a, b].map((part) => /^\d+$/.test(part))
  if (numeric[0] !== numeric[1]) return numeric[0] === true ? -1 : 1
  if (numeric[0] === true) return BigInt(a) === BigInt(b) ? 0 : BigInt(a) > BigInt(b) ? 1 : -1
  return compareText(a, b)
}

function ofTwo(run: (order: number) => Value): Run {
  return (a, b) => (a instanceof SemverValue && b instanceof SemverValue ? run(compare(a, b)) : NO_OVERLOAD)
}

function numberAt(index: number): Run {
  return (value) => (value instanceof SemverValue ? BigInt.asIntN(64, value.numbers[index] ?? 0n) : NO_OVERLOAD)
}

export function addSemvers(table: FunctionTable): void {
  const isSemver: Run = (text, normalize) => !(read(text, normalize) instanceof CelError)
  table
    .free('string_to_semver', 'semver', ['string'], NAME, read)
    .free('string_bool_to_semver', 'semver', ['string', 'bool'], NAME, read)
    .free('is_semver_string', 'isSemver', ['string'], 'bool', isSemver)
    .free('is_semver_string_bool', 'isSemver', ['string', 'bool'], 'bool', isSemver)
    .member(
      'semver_is_greater_than',
      'isGreaterThan',
      [NAME, NAME],
      'bool',
      ofTwo((order) => order > 0),
    )
    .member(
      'semver_is_less_than',
      'isLessThan',
      [NAME, NAME],
      'bool',
      ofTwo((order) => order < 0),
    )
    .member(
      'semver_compare_to',
      'compareTo',
      [NAME, NAME],
      'int',
      ofTwo((order) => BigInt(order)),
    )
    .member('semver_major', 'major', [NAME], 'int', numberAt(0))
    .member('semver_minor', 'minor', [NAME], 'int', numberAt(1))
    .member('semver_patch', 'patch', [NAME], 'int', numberAt(2))
}
