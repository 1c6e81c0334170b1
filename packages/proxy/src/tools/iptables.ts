// iptables -L and -S, and iptables-save, of one family. Rules are kube-proxy's to write: what would change them is refused by name.
// Source: iptables 1.8.9 (nf_tables), iptables/xshared.c and nft-shared.c.

import { BUILT_IN, TABLES } from '../iptables/chain.ts'
import { iptablesList, type ListOptions } from '../iptables/list.ts'
import { parseIptablesSave } from '../iptables/parse.ts'
import { printRule } from '../iptables/print-rule.ts'
import type { RuleTables } from '../iptables/chain.ts'
import type { TableName } from '../iptables/rule.ts'
import type { IpFamily } from '../dataplane/packet.ts'
import type { NodeTools } from '../kube-proxy/node-tools.ts'
import { done, wrong, type ToolAnswer } from './tool-answer.ts'

/** What --version says. */
const IPTABLES_VERSION = 'v1.8.9 (nf_tables)'

interface Asked {
  table: string
  command: 'L' | 'S' | 'V' | undefined
  chain: string | undefined
  verbose: boolean
  exact: boolean
  lineNumbers: boolean
}

const CHANGES =
  /^-(A|I|D|R|F|Z|N|X|P|E|C|-append|-insert|-delete|-replace|-flush|-zero|-new-chain|-delete-chain|-policy|-rename-chain|-check)/

export const iptables =
  (family: IpFamily) =>
  (argv: readonly string[], node: NodeTools): ToolAnswer => {
    const name = family === 'ipv4' ? 'iptables' : 'ip6tables'
    const complain = (text: string, code: number): ToolAnswer => wrong(`${name} ${IPTABLES_VERSION}: ${text}`, code)
    const asked = readArguments(argv)
    if ('problem' in asked)
      return complain(`${asked.problem}\nTry \`${name} -h' or '${name} --help' for more information.`, 2)
    if (asked.command === 'V') return done(`${name} ${IPTABLES_VERSION}\n`)
    if (asked.command === undefined)
      return complain(`no command specified\nTry \`${name} -h' or '${name} --help' for more information.`, 2)
    const table = TABLES.find((known) => known === asked.table)
    if (table === undefined) {
      return complain(`table '${asked.table}' does not exist\nPerhaps iptables or your kernel needs to be upgraded.`, 3)
    }
    const tables = node.tables(family) ?? parseIptablesSave('')
    if (asked.chain !== undefined && tables.chain(table, asked.chain) === undefined) {
      return wrong(`${name}: No chain/target/match by that name.`, 1)
    }
    if (asked.command === 'S') return done(rulesText(tables, table, asked.chain))
    const { chain, verbose, exact, lineNumbers } = asked
    const options: ListOptions = {
      ...(chain === undefined ? {} : { chain }),
      ...(verbose ? { counters: node.counters() } : {}),
      exact,
      lineNumbers,
    }
    return done(iptablesList(tables, table, family, options))
  }

function readArguments(argv: readonly string[]): Asked | { readonly problem: string } {
  const asked: Asked = {
    table: 'filter',
    command: undefined,
    chain: undefined,
    verbose: false,
    exact: false,
    lineNumbers: false,
  }
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? ''
    const [long = '', inline] = word.split('=', 2)
    if (long === '--table' || word === '-t') asked.table = inline ?? argv[++i] ?? ''
    else if (CHANGES.test(word)) return { problem: `${word}: podwire simulates -L and -S; kube-proxy writes the rules` }
    else if (word === '-w' || word === '--wait') {
      if (/^\d+$/.test(argv[i + 1] ?? '')) i++
    } else if (word.startsWith('--')) {
      const problem = readLong(asked, word)
      if (problem !== undefined) return { problem }
    } else if (word.startsWith('-')) {
      const problem = readLetters(asked, word.slice(1))
      if (problem !== undefined) return { problem }
    } else if (asked.chain === undefined && asked.command !== undefined) asked.chain = word
    else return { problem: `Bad argument \`${word}'` }
  }
  return asked
}

function readLong(asked: Asked, word: string): string | undefined {
  switch (word) {
    case '--list':
      asked.command = 'L'
      return undefined
    case '--list-rules':
      asked.command = 'S'
      return undefined
    case '--version':
      asked.command = 'V'
      return undefined
    case '--numeric':
      return undefined
    case '--verbose':
      asked.verbose = true
      return undefined
    case '--exact':
      asked.exact = true
      return undefined
    case '--line-numbers':
      asked.lineNumbers = true
      return undefined
    default:
      return `unknown option "${word}"`
  }
}

function readLetters(asked: Asked, letters: string): string | undefined {
  for (const letter of letters) {
    if (letter === 'L' || letter === 'S' || letter === 'V') asked.command = letter
    else if (letter === 'v') asked.verbose = true
    else if (letter === 'x') asked.exact = true
    else if (letter !== 'n') return `unknown option "-${letter}"`
  }
  return undefined
}

function rulesText(tables: RuleTables, table: TableName, only: string | undefined): string {
  const names = only === undefined ? tables.chainNames(table) : [only]
  const heads = names.map((name) => {
    const policy = tables.chain(table, name)?.policy
    return policy === undefined ? `-N ${name}` : `-P ${name} ${policy}`
  })
  const rules = names.flatMap((name) => (tables.chain(table, name)?.rules() ?? []).map((rule) => printRule(name, rule)))
  return [...heads, ...rules].map((line) => `${line}\n`).join('')
}

/** `iptables-save [-c] [-t TABLE]` */
export const iptablesSaveTool =
  (family: IpFamily) =>
  (argv: readonly string[], node: NodeTools): ToolAnswer => {
    let table: string | undefined
    let counters = false
    for (let i = 0; i < argv.length; i++) {
      const word = argv[i] ?? ''
      const name = family === 'ipv4' ? 'iptables-save' : 'ip6tables-save'
      if (word === '-c' || word === '--counters') counters = true
      else if (word === '-t' || word === '--table') table = argv[++i] ?? ''
      else if (word === '-V' || word === '--version') return done(`${name} ${IPTABLES_VERSION}\n`)
      else return wrong(`${name}: podwire simulates -c and -t TABLE, not ${word}`, 2)
    }
    const known = table === undefined ? undefined : TABLES.find((one) => one === table)
    if (table !== undefined && known === undefined) return wrong('iptables-save: Unknown table', 1)
    const text = node.iptablesSave({ family, counters })
    return done(known === undefined ? text : onlyTable(text, known))
  }

/** The part of an iptables-save text from `*table` to its COMMIT; nothing where nobody has made the table. */
function onlyTable(text: string, table: TableName): string {
  const lines = text.split('\n')
  const start = lines.indexOf(`*${table}`)
  const end = lines.indexOf('COMMIT', start)
  return start < 0 || end < 0 || !BUILT_IN.has(table) ? '' : `${lines.slice(start, end + 1).join('\n')}\n`
}
