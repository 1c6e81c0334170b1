// Commands that only a node has: they show what its kernel holds.

import { PodwireError } from '@podwire/engine'
import type { KubeProxy } from '@podwire/proxy'
import type { Command } from '@podwire/shell'

const TABLES = ['filter', 'nat', 'mangle'] as const
type Table = (typeof TABLES)[number]

/** `iptables-save` and `iptables -L` of one node. */
export function nodeCommands(proxy: KubeProxy, nodeName: string): ReadonlyMap<string, Command> {
  const save: Command = async ({ args, stdout, stderr }) => {
    const table = tableOf(args)
    if (table === 'unknown') {
      await stderr.write('iptables-save: Unknown table\n')
      return 1
    }
    const text = proxy.iptablesSave(nodeName, { counters: args.includes('-c') })
    await stdout.write(table === undefined ? text : onlyTable(text, table))
    return 0
  }
  const list: Command = async ({ args, stdout, stderr }) => {
    const table = tableOf(args) ?? 'filter'
    if (table === 'unknown' || !args.some((word) => /^-(L|nL|Ln)$/.test(word))) {
      await stderr.write('iptables: podwire simulates -L [-n] [-t nat|filter|mangle] only\n')
      return 2
    }
    await stdout.write(proxy.iptablesList(nodeName, table))
    return 0
  }
  return new Map([
    ['iptables-save', save],
    ['iptables', list],
  ])
}

function tableOf(args: readonly string[]): Table | 'unknown' | undefined {
  const at = args.indexOf('-t')
  if (at < 0) return undefined
  return TABLES.find((table) => table === args[at + 1]) ?? 'unknown'
}

/** The part of an iptables-save text from `*table` to its COMMIT. */
function onlyTable(text: string, table: Table): string {
  const lines = text.split('\n')
  const start = lines.indexOf(`*${table}`)
  const end = lines.indexOf('COMMIT', start)
  if (start < 0 || end < 0) throw new PodwireError('print rules', `the node has no table ${table}`)
  return `${lines.slice(start, end + 1).join('\n')}\n`
}
