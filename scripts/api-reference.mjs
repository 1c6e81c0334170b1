// `npm run reference`: writes docs/reference.md, what @podwire/sim exports with its docstrings, from the declarations that tsc made. A
// test holds the file against them, so that it cannot fall behind.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync } from 'rolldown/experimental'
import { prepare, root } from './prepare.mjs'

const dist = join(root, 'packages', 'sim', 'dist')

const KINDS = {
  ClassDeclaration: 'class',
  FunctionDeclaration: 'function',
  TSDeclareFunction: 'function',
  TSInterfaceDeclaration: 'interface',
  TSTypeAliasDeclaration: 'type',
  VariableDeclaration: 'constant',
}
/** The order of a reader's questions: what to call, what it takes and gives. */
const ORDER = ['function', 'class', 'interface', 'type', 'constant']

const files = new Map()

/** A declaration file, parsed once: its text, its comments by where they end, its statements. */
function declarationsOf(path) {
  let file = files.get(path)
  if (file === undefined) {
    const text = readFileSync(path, 'utf8')
    const { program, comments } = parseSync(path, text, { lang: 'dts' })
    file = { path, text, comments: comments.filter(({ value }) => value.startsWith('*')), statements: program.body }
    files.set(path, file)
  }
  return file
}

/** The docstring right before a position, as running text with its tags on lines of their own. */
function docstring({ text, comments }, start) {
  const comment = comments.findLast(({ end }) => end <= start && text.slice(end, start).trim() === '')
  if (comment === undefined) return ''
  const lines = comment.value.slice(1).split('\n')
  return lines
    .map((line) => line.replace(/^\s*\* ?/, '').trim())
    .join(' ')
    .trim()
    .replaceAll(/\s*@(param|returns|throws)\s+/g, (_, tag) => `\n@${tag} `)
    .replaceAll(/\{@link (\S+?)\}/g, '`$1`')
    .trim()
}

const TAGS = { param: '_Takes_', returns: '_Gives_', throws: '_Throws_' }
const tagged = (doc) => doc.replaceAll(/^@(param|returns|throws) /gm, (_, tag) => `${TAGS[tag]} `)

const names = (statement) => {
  const declared = statement.declaration ?? statement
  if (declared.type === 'VariableDeclaration') return declared.declarations.map(({ id }) => id.name)
  return declared.id?.name === undefined ? [] : [declared.id.name]
}

/** Follows an export to the file and statement that declares it; nothing for what another package declares. */
function findDeclarations(path, name) {
  const file = declarationsOf(path)
  const own = file.statements.filter(
    (statement) => statement.type.startsWith('Export') && names(statement).includes(name),
  )
  if (own.length > 0) return own.map((statement) => ({ file, statement }))
  for (const statement of file.statements) {
    const specifier = (statement.specifiers ?? []).find(({ exported }) => exported?.name === name)
    const target = statement.source?.value
    if (specifier === undefined || !target?.startsWith('.')) continue
    return findDeclarations(join(dirname(path), target.replace(/\.ts$/, '.d.ts')), specifier.local.name)
  }
  return []
}

const oneLine = (text) =>
  text
    .replace(/\/\*\*[\s\S]*?\*\/\s*/g, '')
    .replaceAll(/\s+/g, ' ')
    .replace(/^export declare /, '')
    .replace(/^export /, '')
    .replace(/;$/, '')

function membersOf(file, members) {
  const rows = []
  for (const member of members) {
    const name = member.key?.name ?? ''
    const internal =
      member.accessibility === 'private' || member.key?.type === 'PrivateIdentifier' || member.kind === 'constructor'
    if (internal || (member.type === 'MethodDefinition' && member.kind === 'set')) continue
    if (name === '' && member.computed !== true) continue
    const signature = oneLine(file.text.slice(member.start, member.end)).replace(/^readonly /, '')
    const doc = tagged(docstring(file, member.start)).replaceAll('\n', ' ')
    rows.push(`- \`${signature}\`${doc === '' ? '' : `  \n  ${doc}`}`)
  }
  return rows
}

function section(name, found) {
  const { file, statement } = found[0]
  const declared = statement.declaration ?? statement
  const kind = KINDS[declared.type] ?? 'type'
  const lines = [`### ${name}`, '', `_${kind}_`, '']
  const doc = tagged(docstring(file, statement.start))
  if (doc !== '') lines.push(...doc.split('\n').flatMap((line) => [line, '']))
  const body = declared.body?.body
  if (Array.isArray(body) && (kind === 'class' || kind === 'interface')) {
    const head = oneLine(file.text.slice(declared.start, declared.body.start)).replace(/^declare /, '')
    if (/ extends | implements /.test(head)) lines.push(`\`${head.trim()}\``, '')
    const rows = membersOf(file, body)
    if (rows.length > 0) lines.push(...rows, '')
  } else {
    const texts = found.map(({ file: { text }, statement: { start, end } }) => text.slice(start, end))
    lines.push('```ts', ...texts.map((text) => text.replace(/^export (declare )?/, '')), '```', '')
  }
  return { kind, lines }
}

/** The entries of the package: how it is imported, and the declarations behind it. */
function entries() {
  const { name, exports } = JSON.parse(readFileSync(join(root, 'packages', 'sim', 'package.json'), 'utf8'))
  return Object.entries(exports).flatMap(([entry, { types }]) => {
    if (typeof types !== 'string') return []
    const path = join(root, 'packages', 'sim', types)
    return existsSync(path) ? [{ name: `${name}${entry.slice(1)}`, path }] : []
  })
}

/** @returns the text of docs/reference.md for the declarations in `dist` */
export function reference() {
  const lines = [
    '# API reference',
    '',
    'What `@podwire/sim` exports, with its docstrings. Made by `npm run reference`; edit the sources.',
    '',
  ]
  for (const { name, path } of entries()) {
    const { statements } = declarationsOf(path)
    const exported = statements.flatMap((statement) => [
      ...(statement.specifiers ?? []).flatMap(({ exported }) => exported?.name ?? []),
      ...(statement.type.startsWith('Export') ? names(statement) : []),
    ])
    const found = [...new Set(exported)]
      .map((each) => [each, findDeclarations(path, each)])
      .filter(([, all]) => all.length > 0)
    const sections = found.map(([each, all]) => section(each, all))
    lines.push(`## ${name}`, '')
    for (const kind of ORDER) {
      for (const part of sections.filter((each) => each.kind === kind)) lines.push(...part.lines)
    }
  }
  return `${lines.join('\n').trimEnd()}\n`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  prepare()
  writeFileSync(join(root, 'docs', 'reference.md'), reference())
  console.log(`docs/reference.md is written from ${dist}`)
}
