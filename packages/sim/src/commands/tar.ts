// tar, as far as `kubectl cp` and people at a shell need it: create and extract, from and to files or pipes, with -C, -v, -z and -h.
// Formats: writes ustar; reads ustar, PAX paths and GNU long names. Other compression is refused by name. Source: POSIX pax(1), tar(5).

import { gunzipSync, gzipSync } from 'node:zlib'
import { type CommandContext, linkTarget, parentPath, readAll, resolvePath } from '@podwire/shell'
import type { Tool } from './tool.ts'

const BLOCK = 512

interface Member {
  readonly name: string
  readonly directory: boolean
  readonly content: Uint8Array
  /** What a symbolic link says. */
  readonly target?: string
}

interface Order {
  readonly mode: 'c' | 'x' | 't'
  readonly archive: string
  readonly directory: string
  readonly verbose: boolean
  readonly gzip: boolean
  /** Packs what links lead to in their place. */
  readonly follow: boolean
  readonly paths: readonly string[]
}

export const tar: Tool = async (context) => {
  const order = readOrder(context.args)
  if (typeof order === 'string') {
    await context.stderr.write(`tar: ${order}\n`)
    return 2
  }
  const base = resolvePath(context.workingDirectory, order.directory)
  return order.mode === 'c' ? create(context, order, base) : extract(context, order, base)
}

/** `-xmf - -C /tmp`, `cf - path`, `xvf file`: letters with or without a dash. @returns the order, or what is wrong */
function readOrder(args: readonly string[]): Order | string {
  let mode: Order['mode'] | undefined
  let archive = '-'
  let directory = '.'
  let verbose = false
  let gzip = false
  let follow = false
  const paths: string[] = []
  const rest = [...args]
  for (let index = 0; rest.length > 0; index++) {
    const word = rest.shift() ?? ''
    if (word === '--') paths.push(...rest.splice(0))
    else if (word.startsWith('--')) return `unrecognized option '${word}'`
    else if (word === '-' || (index > 0 && !word.startsWith('-'))) paths.push(word)
    else {
      for (const letter of word.replace(/^-/, '')) {
        if (letter === 'c' || letter === 'x' || letter === 't') mode = letter
        else if (letter === 'f') archive = rest.shift() ?? '-'
        else if (letter === 'C') directory = rest.shift() ?? '.'
        else if (letter === 'v') verbose = true
        else if (letter === 'z') gzip = true
        else if (letter === 'h') follow = true
        else if ('jJ'.includes(letter)) return `podwire does not simulate compression (-${letter})`
        else if (!'mpokP'.includes(letter)) return `invalid option -- '${letter}'`
      }
    }
  }
  return mode === undefined
    ? 'must specify one of -c, -x, -t'
    : { mode, archive, directory, verbose, gzip, follow, paths }
}

async function create(context: CommandContext, order: Order, base: string): Promise<number> {
  const { files, stdout, stderr } = context
  const blocks: Uint8Array[] = []
  let failed = false
  if (order.paths.some((path) => path.startsWith('/')))
    await stderr.write("tar: removing leading '/' from member names\n")
  const add = async (name: string): Promise<void> => {
    const path = resolvePath(base, name)
    const target = order.follow ? undefined : linkTarget(files, path)
    const content = target === undefined ? files.read(path) : new Uint8Array(0)
    const listed = content === undefined ? files.list(path) : undefined
    if (content === undefined && listed === undefined) {
      await stderr.write(`tar: ${name}: No such file or directory\n`)
      failed = true
      return
    }
    const member = name.replace(/^\/+/, '')
    const link = target === undefined ? {} : { target }
    const directory = content === undefined
    blocks.push(...encode({ name: member, directory, content: content ?? new Uint8Array(0), ...link }))
    if (order.verbose) await stderr.write(`${member}\n`)
    for (const below of listed ?? []) await add(`${name.replace(/\/$/, '')}/${below}`)
  }
  for (const path of order.paths) await add(path)
  const plain = Buffer.concat([...blocks, new Uint8Array(2 * BLOCK)])
  const archive = order.gzip ? gzipSync(plain) : plain
  if (order.archive === '-') await stdout.write(archive)
  else files.write(resolvePath(context.workingDirectory, order.archive), archive)
  if (failed) await stderr.write('tar: error exit delayed from previous errors\n')
  return failed ? 1 : 0
}

async function extract(context: CommandContext, order: Order, base: string): Promise<number> {
  const { files, stdout, stderr } = context
  const source =
    order.archive === '-'
      ? await readAll(context.stdin)
      : files.read(resolvePath(context.workingDirectory, order.archive))
  if (source === undefined) {
    await stderr.write(`tar: can't open '${order.archive}': No such file or directory\n`)
    return 1
  }
  const plain = order.gzip ? unzip(source) : source
  const members = plain === undefined ? undefined : decode(plain)
  if (members === undefined) {
    await stderr.write(plain === undefined ? 'tar: invalid magic\n' : 'tar: invalid tar magic\n')
    return 1
  }
  for (const { name, directory, content, target } of members) {
    const wanted = order.paths.length === 0 || order.paths.some((path) => name === path || name.startsWith(`${path}/`))
    // A name may not lead out of the directory it is unpacked in.
    if (!wanted || name.split('/').includes('..')) continue
    if (order.verbose || order.mode === 't') await stdout.write(`${name}\n`)
    if (order.mode === 't') continue
    const path = resolvePath(base, name.replace(/^\/+/, ''))
    if (directory) files.makeDirectory(path)
    else {
      files.makeDirectory(parentPath(path))
      if (target === undefined) files.write(path, content)
      else {
        files.remove(path)
        files.makeLink?.(path, target)
      }
    }
  }
  return 0
}

/** More than this is no archive for a container of ours. */
const UNZIP_LIMIT = { maxOutputLength: 256 * 1024 * 1024 }

function unzip(bytes: Uint8Array): Uint8Array | undefined {
  try {
    return gunzipSync(bytes, UNZIP_LIMIT)
  } catch {
    return undefined
  }
}

function encode({ name, directory, content, target }: Member): readonly Uint8Array[] {
  const full = directory && !name.endsWith('/') ? `${name}/` : name
  const header = Buffer.alloc(BLOCK)
  // A long name is cut at a slash: the front goes to the prefix field.
  const cut = Buffer.byteLength(full) <= 100 ? -1 : full.indexOf('/', Math.max(0, full.length - 101))
  header.write(cut < 0 ? full : full.slice(cut + 1), 0, 100, 'utf8')
  header.write(target !== undefined ? '0000777\0' : directory ? '0000755\0' : '0000644\0', 100, 'latin1')
  header.write('0000000\0'.repeat(2), 108, 'latin1')
  header.write(`${content.length.toString(8).padStart(11, '0')}\0${'0'.repeat(11)}\0`, 124, 'latin1')
  header.write(`        ${target !== undefined ? '2' : directory ? '5' : '0'}`, 148, 'latin1')
  if (target !== undefined) header.write(target, 157, 100, 'utf8')
  header.write('ustar\u000000root', 257, 'latin1')
  header.write('root', 297, 'latin1')
  if (cut >= 0) header.write(full.slice(0, cut), 345, 155, 'utf8')
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return [header, content, new Uint8Array((BLOCK - (content.length % BLOCK)) % BLOCK)]
}

/** undefined: this is no archive. */
function decode(archive: Uint8Array): readonly Member[] | undefined {
  const data = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength)
  const text = (from: number, length: number): string =>
    data.toString('utf8', from, from + length).replace(/\0[\s\S]*$/, '')
  const members: Member[] = []
  let longName: string | undefined
  for (let at = 0; at + BLOCK <= data.length && data[at] !== 0;) {
    if (text(at + 257, 5) !== 'ustar') return undefined
    const size = Number.parseInt(text(at + 124, 12).trim() || '0', 8)
    const kind = String.fromCharCode(data[at + 156] ?? 0)
    if (!Number.isInteger(size) || at + BLOCK + size > data.length) return undefined
    const content = data.subarray(at + BLOCK, at + BLOCK + size)
    if (kind === 'x') longName = /(?:^|\n)\d+ path=(.*)\n/.exec(content.toString('utf8'))?.[1] ?? longName
    else if (kind === 'L') longName = content.toString('utf8').replace(/\0+$/, '')
    else if (kind !== 'g') {
      const prefix = text(at + 345, 155)
      const name = longName ?? (prefix === '' ? text(at, 100) : `${prefix}/${text(at, 100)}`)
      longName = undefined
      if (kind === '0' || kind === '\0' || kind === '5')
        members.push({ name, directory: kind === '5' || name.endsWith('/'), content })
      else if (kind === '2') members.push({ name, directory: false, content, target: text(at + 157, 100) })
    }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
  }
  return members
}
