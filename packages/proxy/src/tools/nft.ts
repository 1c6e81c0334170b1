// nft list: the ruleset, a table, or one chain, set or map of it. Source: nftables 1.0.6, src/rule.c and src/cmd.c. What would change the
// ruleset is refused by name. Departure: what iptables-nft keeps in tables of its own is not shown.

import type { IpFamily } from '../dataplane/packet.ts'
import type { NodeTools } from '../kube-proxy/node-tools.ts'
import type { NftChain, NftSet, NftTable } from '../nftables/table.ts'
import { done, wrong, type ToolAnswer } from './tool-answer.ts'

const FAMILIES: ReadonlyMap<string, IpFamily> = new Map([
  ['ip', 'ipv4'],
  ['ip6', 'ipv6'],
])
const IGNORED = new Set(['-n', '-nn', '-s', '--numeric', '--stateless', '-y', '-p', '-u', '--guid', '-S', '--service'])

export function nft(argv: readonly string[], node: NodeTools): ToolAnswer {
  const flags = argv.filter((word) => word.startsWith('-'))
  const unknown = flags.find((flag) => !IGNORED.has(flag))
  if (unknown === '-v' || unknown === '--version') return done('nftables v1.0.6 (Lester Gooch #5)\n')
  if (unknown !== undefined) return wrong(`nft: podwire simulates list without ${unknown}`, 1)
  const words = argv
    .filter((word) => !word.startsWith('-'))
    .join(' ')
    .trim()
    .split(/\s+/)
  const [command = '', what = '', ...rest] = words
  if (command !== 'list')
    return wrong(
      `nft: ${command === '' ? 'no command specified' : `${command} is not simulated`}: podwire lists only`,
      1,
    )
  switch (what) {
    case 'ruleset':
    case 'tables':
      return listAll(what, rest[0], node)
    case 'table':
      return withTable(words, rest, node, (table) => node.nftText(table))
    case 'chain':
    case 'set':
    case 'map':
      return listOne(words, what, rest, node)
    case 'chains':
    case 'sets':
    case 'maps':
      return done(listNames(what, rest[0], node))
    default:
      return wrong(`nft: list ${what} is not simulated`, 1)
  }
}

function tablesOf(node: NodeTools, family: string | undefined): readonly NftTable[] {
  const wanted = family === undefined ? [...FAMILIES.values()] : [FAMILIES.get(family) ?? []].flat()
  return wanted.flatMap((one) => node.nftTable(one) ?? [])
}

function listAll(what: 'ruleset' | 'tables', family: string | undefined, node: NodeTools): ToolAnswer {
  const tables = tablesOf(node, family)
  if (what === 'ruleset') return done(tables.map((table) => node.nftText(table)).join(''))
  return done(tables.map((table) => `table ${nftFamily(table)} ${table.name}\n`).join(''))
}

const nftFamily = (table: NftTable): string => (table.family === 'ipv4' ? 'ip' : 'ip6')

/** The family may be left out: ip. */
function withTable(
  words: readonly string[],
  rest: readonly string[],
  node: NodeTools,
  show: (table: NftTable) => string | undefined,
): ToolAnswer {
  const named = FAMILIES.get(rest[0] ?? '')
  const name = named === undefined ? rest[0] : rest[1]
  const table = node.nftTable(named ?? 'ipv4')
  if (table === undefined || table.name !== name) return missing(words, name ?? '')
  const text = show(table)
  return text === undefined ? missing(words, words.at(-1) ?? '') : done(text)
}

function listOne(
  words: readonly string[],
  what: 'chain' | 'set' | 'map',
  rest: readonly string[],
  node: NodeTools,
): ToolAnswer {
  const name = FAMILIES.has(rest[0] ?? '') ? rest[2] : rest[1]
  return withTable(words, rest, node, (table) => {
    if (what === 'chain') {
      const chains = table.chains().filter((chain) => chain.name === name)
      return chains.length === 0 ? undefined : node.nftText(only(table, chains, []))
    }
    const sets = table.sets().filter((set) => set.name === name && set.kind === what)
    return sets.length === 0 ? undefined : node.nftText(only(table, [], sets))
  })
}

/** Base chains have their hook with them, sets their type. */
function listNames(what: 'chains' | 'sets' | 'maps', family: string | undefined, node: NodeTools): string {
  return tablesOf(node, family)
    .map((table) => {
      const chains =
        what === 'chains' ? table.chains().map((chain) => ({ ...chain, rules: [], comment: undefined })) : []
      const kind = what === 'maps' ? 'map' : 'set'
      const sets = what === 'chains' ? [] : table.sets().filter((set) => set.kind === kind)
      return node.nftText(only(table, chains, sets))
    })
    .join('')
}

function only(table: NftTable, chains: readonly NftChain[], sets: readonly NftSet[]): NftTable {
  const { family, name } = table
  return {
    family,
    name,
    comment: undefined,
    chains: () => chains,
    sets: () => sets,
    chain: (wanted) => table.chain(wanted),
    set: (wanted) => table.set(wanted),
    baseChains: () => table.baseChains(),
  }
}

/** nft points at the word that names nothing. */
function missing(words: readonly string[], name: string): ToolAnswer {
  const line = words.join(' ')
  const place = line.lastIndexOf(name)
  return wrong(
    `Error: No such file or directory\n${line}\n${' '.repeat(place)}${'^'.repeat(Math.max(1, name.length))}`,
    1,
  )
}
