// The operators that `test`, `[` and `[[` share. File tests know files, directories, links, devices and who may execute; owners
// are not simulated: -p, -S are false, -r, -w, -O, -G hold for whatever exists, as for root.

import { resolvePath } from '../files/path.ts'
import { linkTarget, realPath } from '../files/symbolic-links.ts'
import type { Process } from '../process/process.ts'

/** Undefined for an unknown operator. */
export function unaryTest(process: Process, operator: string, operand: string): boolean | undefined {
  if (operator === '-n') return operand !== ''
  if (operator === '-z') return operand === ''
  if (operator === '-t') return process.descriptors.get(Number(operand))?.terminal === true
  const { files } = process.machine
  const path = resolvePath(process.workingDirectory, operand)
  const directory = (): boolean => operand !== '' && files.list(path) !== undefined
  const file = (): boolean => operand !== '' && files.read(path) !== undefined
  const device = /^\/dev\/(null|zero|random|urandom|tty|stdin|stdout|stderr)$/.test(path)
  switch (operator) {
    case '-d':
      return directory()
    case '-f':
      return file()
    case '-e':
    case '-a':
    case '-r':
    case '-w':
    case '-O':
    case '-G':
      return device || directory() || file()
    case '-x':
      return directory() || (file() && ((files.status?.(path)?.mode ?? 0o755) & 0o111) !== 0)
    case '-s':
      return directory() || (files.read(path)?.length ?? 0) > 0
    case '-c':
      return device
    case '-L':
    case '-h':
      return operand !== '' && linkTarget(files, path) !== undefined
    case '-b':
    case '-p':
    case '-S':
    case '-g':
    case '-u':
    case '-k':
      return false
    default:
      return undefined
  }
}

/** Undefined for an unknown operator; a text when an operand is no number. */
export function binaryTest(
  process: Process,
  operator: string,
  left: string,
  right: string,
): boolean | { readonly notNumber: string } | undefined {
  switch (operator) {
    case '=':
    case '==':
      return left === right
    case '!=':
      return left !== right
    case '<':
      return left < right
    case '>':
      return left > right
    case '-nt':
    case '-ot':
    case '-ef':
      return compareFiles(process, operator, left, right)
    default:
      return compareNumbers(operator, left, right)
  }
}

function compareFiles(process: Process, operator: string, left: string, right: string): boolean {
  const paths = [left, right].map((one) => resolvePath(process.workingDirectory, one))
  if (operator === '-ef') {
    const { files } = process.machine
    const [a = '', b = ''] = paths
    return files.status?.(a) !== undefined && realPath(files, a) === realPath(files, b)
  }
  const times = paths.map((path) => process.machine.files.status?.(path)?.modifiedMs ?? -1)
  const [a = -1, b = -1] = times
  return operator === '-nt' ? a > b : a < b
}

function compareNumbers(
  operator: string,
  left: string,
  right: string,
): boolean | { readonly notNumber: string } | undefined {
  if (!/^-(eq|ne|lt|le|gt|ge)$/.test(operator)) return undefined
  for (const text of [left, right]) if (!/^\s*[-+]?\d+\s*$/.test(text)) return { notNumber: text }
  const a = BigInt(left.trim().replace(/^\+/, ''))
  const b = BigInt(right.trim().replace(/^\+/, ''))
  switch (operator) {
    case '-eq':
      return a === b
    case '-ne':
      return a !== b
    case '-lt':
      return a < b
    case '-le':
      return a <= b
    case '-gt':
      return a > b
    default:
      return a >= b
  }
}
