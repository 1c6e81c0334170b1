// Why a file cannot be read or written, in words for whoever named it; what nobody has words for is said as Node says it.

import { readFileSync } from 'node:fs'
import { PodwireError } from '@podwire/engine'

const PROBLEMS: Readonly<Record<string, string>> = {
  EISDIR: 'it is a folder',
  ENOTDIR: 'a file stands where its folder should be',
  EACCES: 'you have no permission',
  EPERM: 'you have no permission',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
}

/** Of a file that was to be read. */
export function readingProblem(error: unknown): string {
  return codeOf(error) === 'ENOENT' ? 'there is no such file' : problemOf(error)
}

/** @throws PodwireError: the action failed, for the file cannot be read */
export function readTextFile(file: string, action: string, remedy: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new PodwireError(action, readingProblem(error), remedy)
  }
}

/** Of a file that was to be written. */
export function writingProblem(error: unknown): string {
  return codeOf(error) === 'ENOENT' ? 'its folder is not there' : problemOf(error)
}

function problemOf(error: unknown): string {
  return PROBLEMS[codeOf(error)] ?? (error instanceof Error ? error.message : String(error))
}

/** Not every error of Node is an `Error` where tests run in contexts of their own (jest, vitest's vm pools). */
function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
}
