// Redirections: files, duplicated and closed descriptors, here-documents and here-strings.
// Refused by name: `{name}>file`.

import type { Redirection } from 'unbash'
import { ShellFileError } from '../file-tree.ts'
import { resolvePath } from '../files/path.ts'
import { expandQuotedParts, expandText } from '../expand/word.ts'
import { openPath, type OpenMode } from '../process/descriptors.ts'
import type { OpenFile } from '../process/open-file.ts'
import { TextSource } from '../process/plain-files.ts'
import type { Process } from '../process/process.ts'
import type { Shell } from './shell.ts'

const MODES: ReadonlyMap<string, OpenMode> = new Map([
  ['<', 'read'],
  ['<>', 'read-write'],
  ['>', 'write'],
  ['>|', 'write'],
  ['>>', 'append'],
  ['&>', 'write'],
  ['&>>', 'append'],
])

/**
 * Applies redirections to a process, in order. False after a message when one fails.
 * @param saved gets the descriptors as they were, for `restoreDescriptors`
 */
export async function applyRedirects(
  shell: Shell,
  redirects: readonly Redirection[],
  process: Process,
  saved?: Map<number, OpenFile | undefined>,
): Promise<boolean> {
  for (const redirect of redirects) {
    if (!(await applyOne(shell, redirect, process, saved))) return false
  }
  return true
}

async function applyOne(
  shell: Shell,
  redirect: Redirection,
  process: Process,
  saved: Map<number, OpenFile | undefined> | undefined,
): Promise<boolean> {
  if (redirect.descriptor?.type === 'FileDescriptorVariable') {
    return shell.fail(`{${redirect.descriptor.name}}: named descriptors are not simulated`)
  }
  const target = redirect.type === 'HereDoc' ? '' : await redirectTarget(shell, redirect)
  const input = redirect.operator.startsWith('<')
  const descriptor = redirect.descriptor?.value ?? (input ? 0 : 1)
  const put = (at: number, file: OpenFile | undefined): void => {
    if (saved !== undefined && !saved.has(at)) saved.set(at, process.descriptors.take(at))
    process.descriptors.set(at, file)
  }
  try {
    if (redirect.type === 'HereDoc') put(descriptor, new TextSource(await hereText(shell, redirect)))
    else if (redirect.type === 'HereString' && shell.dialect === 'dash')
      await shell.fail('Syntax error: redirection unexpected')
    else if (redirect.type === 'HereString') put(descriptor, new TextSource(`${target}\n`))
    else if (redirect.operator === '>&' || redirect.operator === '<&') {
      if (!/^(\d+|-)$/.test(target) && redirect.operator === '>&') openBoth(process, put, target, 'write')
      else put(descriptor, duplicate(process, saved, target))
    } else if (redirect.operator.startsWith('&>')) openBoth(process, put, target, modeOf(redirect.operator))
    else put(descriptor, open(shell, process, target, redirect.operator))
    return true
  } catch (error) {
    if (!(error instanceof ShellFileError)) throw error
    await shell.complain(openFailure(shell, error, target, input))
    return false
  }
}

async function redirectTarget(
  shell: Shell,
  redirect: Exclude<Redirection, { readonly type: 'HereDoc' }>,
): Promise<string> {
  return redirect.target === undefined ? '' : expandText(shell, redirect.target)
}

function modeOf(operator: string): OpenMode {
  return MODES.get(operator) ?? 'write'
}

function open(shell: Shell, process: Process, target: string, operator: string): OpenFile {
  if (operator === '>' && shell.options.noclobber) {
    const exists = process.machine.files.read(resolvePath(process.workingDirectory, target)) !== undefined
    if (exists) throw new ShellFileError('EEXIST', target)
  }
  return openPath(process, target, modeOf(operator))
}

function openBoth(
  process: Process,
  put: (descriptor: number, file: OpenFile) => void,
  target: string,
  mode: OpenMode,
): void {
  const file = openPath(process, target, mode)
  put(1, file)
  put(2, file.retain())
}

function duplicate(
  process: Process,
  saved: ReadonlyMap<number, OpenFile | undefined> | undefined,
  target: string,
): OpenFile | undefined {
  if (target === '-') return undefined
  const number = Number(target)
  const file = process.descriptors.get(number)
  if (file === undefined || saved === undefined) {
    if (file === undefined) throw new ShellFileError('EBADF', target)
  }
  return file.retain()
}

async function hereText(shell: Shell, redirect: Extract<Redirection, { readonly type: 'HereDoc' }>): Promise<string> {
  const { body, operator, delimiter } = redirect
  const strip = operator === '<<-'
  if (body.parts === undefined || delimiter?.quoted === true) {
    const text = strip ? body.text.replace(/^\t+/gm, '') : body.text
    return delimiter?.quoted === true
      ? text
      : text.replace(/\\([\\$`\n])/g, (_all, char: string) => (char === '\n' ? '' : char))
  }
  if (!strip) return expandQuotedParts(shell, body.parts)
  const stripped = body.parts.map((part, index) => {
    if (part.type !== 'Literal') return part
    const value = part.value.replace(/\n\t+/g, '\n')
    return { ...part, value: index === 0 ? value.replace(/^\t+/, '') : value }
  })
  return expandQuotedParts(shell, stripped)
}

function openFailure(shell: Shell, error: ShellFileError, target: string, input: boolean): string {
  if (error.code === 'EBADF')
    return shell.dialect === 'bash' ? `${target}: Bad file descriptor` : `${target}: bad file descriptor`
  if (shell.dialect === 'bash') {
    return error.code === 'EEXIST' ? `${target}: cannot overwrite existing file` : `${target}: ${error.message}`
  }
  const missing = error.code === 'ENOENT'
  if (shell.dialect === 'dash') {
    if (input) return `cannot open ${target}: ${missing ? 'No such file' : error.message}`
    return `cannot create ${target}: ${missing ? 'Directory nonexistent' : error.message}`
  }
  if (input) return `can't open ${target}: ${missing ? 'no such file' : error.message}`
  return `can't create ${target}: ${missing ? 'nonexistent directory' : error.message}`
}

function restoreDescriptors(process: Process, saved: ReadonlyMap<number, OpenFile | undefined>): void {
  if (!process.alive) {
    for (const file of saved.values()) file?.release()
    return
  }
  for (const [descriptor, file] of saved) process.descriptors.set(descriptor, file)
}

/** The status of a command whose redirections cannot be had. */
export const redirectFailure = ({ dialect }: Shell): number => (dialect === 'dash' ? 2 : 1)

/** Runs a command of the shell itself with redirections, and puts the descriptors back. */
export async function withRedirects(
  shell: Shell,
  redirects: readonly Redirection[],
  body: () => Promise<number>,
  failed: () => number = () => redirectFailure(shell),
): Promise<number> {
  if (redirects.length === 0) return body()
  const saved = new Map<number, OpenFile | undefined>()
  try {
    return (await applyRedirects(shell, redirects, shell.process, saved)) ? await body() : failed()
  } finally {
    restoreDescriptors(shell.process, saved)
  }
}
