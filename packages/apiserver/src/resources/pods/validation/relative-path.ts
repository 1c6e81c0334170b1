// Paths below a volume. Source: kubernetes core/validation (validateLocalDescendingPath, ValidateLocalNonReservedPath,
// validatePathNoBacksteps).

import type { FieldError } from '../../../validation/field-error.ts'
import { invalid } from '../../../validation/field-errors.ts'

/** Not up and out of where it starts. */
export function validateNoBacksteps(target: string, path: string, errors: FieldError[]): void {
  if (hasBackstep(target)) errors.push(invalid(path, target, "must not contain '..'"))
}

export function hasBackstep(target: string): boolean {
  return target.includes('..') && target.split('/').includes('..')
}

export function validateRelativePath(target: string, path: string, errors: FieldError[]): void {
  if (target.startsWith('/')) errors.push(invalid(path, target, 'must be a relative path'))
  validateNoBacksteps(target, path, errors)
}

/** A file the kubelet writes: names that start with two dots are its own. */
export function validateUnreservedPath(target: string, path: string, errors: FieldError[]): void {
  validateRelativePath(target, path, errors)
  if (target.startsWith('..') && !target.startsWith('../')) {
    errors.push(invalid(path, target, "must not start with '..'"))
  }
}

/** Permissions of a file. */
export function validateMode(mode: number | undefined, path: string, errors: FieldError[]): void {
  if (mode === undefined || (mode >= 0 && mode <= 0o777)) return
  errors.push(invalid(path, mode, 'must be a number between 0 and 0777 (octal), both inclusive'))
}
