// Commands that only a node has: they show what its kernel holds.

import { PodwireError } from '@podwire/engine'
import type { KubeProxy } from '@podwire/proxy'
import type { Command } from '@podwire/shell'

const TABLES = ['filter', 'nat', 'mangle'] as const
type Table = (typeof TABLES)[number]

/** `iptables-save`, `iptables -L`, `nft list`, `ipvsadm`, `ipset list` and `conntrack -L` of one node. */
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
    ['nft', nft(proxy, nodeName)],
    ['conntrack', conntrack(proxy, nodeName)],
    ['ipvsadm', ipvsadm(proxy, nodeName)],
    ['ipset', ipset(proxy, nodeName)],
  ])
}

function nft(proxy: KubeProxy, nodeName: string): Command {
  return async ({ args, stdout, stderr }) => {
    const words = args.filter((word) => !word.startsWith('-')).join(' ')
    const tools = proxy.tools(nodeName)
    const table = /^list table (ip6?) (\S+)$/.exec(words)
    if (words === 'list ruleset') {
      await stdout.write(tools.nftListRuleset())
      return 0
    }
    if (table === null) {
      await stderr.write('nft: podwire simulates "list ruleset" and "list table ip|ip6 kube-proxy" only\n')
      return 2
    }
    const [, family, name = ''] = table
    const text = name === 'kube-proxy' ? tools.nftListTable(family === 'ip6' ? 'ipv6' : 'ipv4') : undefined
    if (text !== undefined) {
      await stdout.write(text)
      return 0
    }
    const line = `list table ${family} ${name}`
    const marker = `${' '.repeat(line.length - name.length)}${'^'.repeat(name.length)}`
    await stderr.write(`Error: No such file or directory\n${line}\n${marker}\n`)
    return 1
  }
}

function ipvsadm(proxy: KubeProxy, nodeName: string): Command {
  return async ({ args, stdout, stderr }) => {
    const tools = proxy.tools(nodeName)
    const options = args.join(' ')
    if (/^(-Ln|-ln|-L -n|-l -n)$/.test(options)) {
      await stdout.write(tools.ipvsadmList())
      return 0
    }
    const gone = /^(?:-D|--delete-service) (-t|-u|--tcp-service|--udp-service|--sctp-service) (\S+:\d+)$/.exec(options)
    if (gone === null) {
      await stderr.write('ipvsadm: podwire simulates -Ln and -D -t|-u|--sctp-service ADDRESS:PORT only\n')
      return 2
    }
    const [, kind = '', address = ''] = gone
    const protocol = kind === '-t' || kind === '--tcp-service' ? 'tcp' : kind === '--sctp-service' ? 'sctp' : 'udp'
    if (tools.ipvsadmDelete(`${protocol} ${address}`)) return 0
    await stderr.write('No such service\n')
    return 1
  }
}

function ipset(proxy: KubeProxy, nodeName: string): Command {
  return async ({ args, stdout, stderr }) => {
    const [action, name, more] = args
    if ((action !== 'list' && action !== '-L') || more !== undefined) {
      await stderr.write('ipset: podwire simulates list [NAME] only\n')
      return 2
    }
    const text = proxy.tools(nodeName).ipsetList(name)
    if (text === undefined) {
      await stderr.write('ipset v7.17: The set with the given name does not exist\n')
      return 1
    }
    await stdout.write(text)
    return 0
  }
}

function conntrack(proxy: KubeProxy, nodeName: string): Command {
  return async ({ args, stdout, stderr }) => {
    const options = args.join(' ')
    const asked = /^(-L|--dump)(?: -p (tcp|udp|sctp|icmp))?(?: -f (ipv4|ipv6))?$/.exec(options)
    if (asked === null) {
      await stderr.write('conntrack: podwire simulates -L [-p tcp|udp|sctp|icmp] [-f ipv4|ipv6] only\n')
      return 2
    }
    const [, , protocol, family] = asked
    const all = proxy.tools(nodeName).conntrackList(family === 'ipv6' ? 'ipv6' : 'ipv4')
    const lines = all.split('\n').filter((line) => line !== '' && line.startsWith(protocol ?? ''))
    await stdout.write(lines.map((line) => `${line}\n`).join(''))
    await stderr.write(`conntrack v1.4.7 (conntrack-tools): ${lines.length} flow entries have been shown.\n`)
    return 0
  }
}

function tableOf(args: readonly string[]): Table | 'unknown' | undefined {
  const at = args.indexOf('-t')
  if (at < 0) return undefined
  return TABLES.find((table) => table === args[at + 1]) ?? 'unknown'
}

/** The part of an iptables-save text from `*table` to its COMMIT. */
function onlyTable(text: string, table: Table): string {
  // In nftables mode nobody has made iptables' tables.
  if (text === '') return ''
  const lines = text.split('\n')
  const start = lines.indexOf(`*${table}`)
  const end = lines.indexOf('COMMIT', start)
  if (start < 0 || end < 0) throw new PodwireError('print rules', `the node has no table ${table}`)
  return `${lines.slice(start, end + 1).join('\n')}\n`
}
