// `ipset list` and `ipset save`. Source: ipset 7.17 (ipset_list, save format). Departures: "Size in memory" is not printed, and members
// are sorted (a hash has no order); the hash's start value follows from the set's name.

import { hashText, PodwireError } from '@podwire/engine'
import type { RuleTables } from '../iptables/chain.ts'
import type { TableName } from '../iptables/rule.ts'
import type { IpSet, IpSetType } from './ip-set.ts'

/** A set as text has it. */
export interface SavedSet {
  readonly name: string
  readonly type: IpSetType
  /** `family inet hashsize 1024 maxelem 65536 …` */
  readonly header: string
  readonly members: readonly string[]
}

export function savedSet(set: IpSet): SavedSet {
  const { name, type } = set
  const start = (hashText(name, 0) >>> 0).toString(16).padStart(8, '0')
  const header =
    type === 'bitmap:port'
      ? 'range 0-65535'
      : `family ${set.family === 'ipv4' ? 'inet' : 'inet6'} hashsize 1024 maxelem 65536 bucketsize 12 initval 0x${start}`
  return { name, type, header, members: set.members() }
}

/** Of ipset 7.17 on Linux 6. */
const REVISIONS: Readonly<Record<IpSetType, number>> = {
  'hash:ip': 6,
  'hash:ip,port': 7,
  'hash:ip,port,ip': 7,
  'hash:ip,port,net': 9,
  'bitmap:port': 3,
}

/** @param references how many rules use the set */
function listOne(set: IpSet, references: number, terse: boolean): string {
  const { name, type, header, members } = savedSet(set)
  return [
    `Name: ${name}`,
    `Type: ${type}`,
    `Revision: ${REVISIONS[type]}`,
    `Header: ${header}`,
    `References: ${references}`,
    `Number of entries: ${members.length}`,
    ...(terse ? [] : ['Members:', ...members]),
    '',
  ].join('\n')
}

/** `ipset list`; `-t` leaves the members out. */
export function ipsetList(sets: readonly IpSet[], tables: readonly RuleTables[], terse: boolean): string {
  return sets.map((set) => listOne(set, references(tables, set.name), terse)).join('\n')
}

/** `ipset save`: what `ipset restore` reads. */
export function ipsetSave(sets: readonly SavedSet[]): string {
  return sets
    .flatMap(({ name, type, header, members }) => [
      `create ${name} ${type} ${header}`,
      ...members.map((member) => `add ${name} ${member}`),
    ])
    .map((line) => `${line}\n`)
    .join('')
}

const TYPES: readonly IpSetType[] = ['hash:ip', 'hash:ip,port', 'hash:ip,port,ip', 'hash:ip,port,net', 'bitmap:port']

/** @throws PodwireError naming the line of what cannot be read */
export function parseIpsetSave(text: string): readonly SavedSet[] {
  const sets = new Map<string, SavedSet & { readonly members: string[] }>()
  text.split('\n').forEach((line, i) => {
    if (line === '') return
    const [command = '', name = '', third = '', ...rest] = line.split(' ')
    const known = sets.get(name)
    if (command === 'create') {
      const type = TYPES.find((one) => one === third)
      if (type === undefined) throw readError(i + 1, `set type ${third} is not simulated`)
      if (known !== undefined) throw readError(i + 1, 'set with the same name already exists')
      sets.set(name, { name, type, header: rest.join(' '), members: [] })
    } else if (command === 'add') {
      if (known === undefined) throw readError(i + 1, 'The set with the given name does not exist')
      known.members.push(third)
    } else throw readError(i + 1, `expected create or add, found ${command}`)
  })
  return [...sets.values()]
}

function readError(line: number, why: string): PodwireError {
  return new PodwireError('read saved ipsets', `Error in line ${line}: ${why}`)
}

function references(all: readonly RuleTables[], set: string): number {
  return all.reduce((sum, tables) => sum + referencesIn(tables, 'nat', set) + referencesIn(tables, 'filter', set), 0)
}

function referencesIn(tables: RuleTables, table: TableName, set: string): number {
  const rules = tables.chainNames(table).flatMap((name) => tables.chain(table, name)?.rules() ?? [])
  return rules.filter(({ matches }) => matches.some((match) => match.kind === 'set' && match.name === set)).length
}
