// `hosts`: answers from a hosts file or lines in the block itself: A, AAAA and, unless told not to, PTR.
// Source: CoreDNS plugin/hosts. The file is looked at when a query comes `reload` (5 s) or more after the last look, where
// the real one looks every five seconds.

import { SECOND, type Microseconds } from '@podwire/engine'
import { argumentError, parseError, zonesOf, type Directive } from '../../corefile/index.ts'
import { addressFamily, addressOfReverseName, isInZone, replyTo, TYPE, type ResourceRecord } from '../../wire/index.ts'
import { goDuration } from '../go-duration.ts'
import type { Plugin, PluginContext } from '../plugin.ts'
import { parseHosts, type HostsTable } from './hosts-table.ts'

interface HostsBlock {
  /** The file and the lines of the block, as they are now. */
  readonly table: () => HostsTable
  readonly zones: readonly string[]
  readonly ttl: number
  readonly reverse: boolean
  readonly fallthrough: readonly string[]
}

export const hosts: Plugin = {
  name: 'hosts',
  setup([directive, second], context) {
    if (directive === undefined) return undefined
    if (second !== undefined)
      throw parseError(second.line, 'this plugin can only be used once per Server Block', 'hosts')
    const block = parseBlock(directive, context)
    return function answerFromHosts(request, next) {
      const { name: qname, type } = request.question
      const name = qname.toLowerCase()
      if (!block.zones.some((zone) => isInZone(name, zone))) {
        // Reverse zones are rarely listed, so PTR is tried for any zone.
        if (type !== TYPE.PTR) return next(request)
      }
      const found = type === TYPE.PTR ? pointers(block, qname, name) : addresses(block, qname, name, type)
      if (found.answer.length > 0) {
        return { kind: 'reply', message: replyTo(request.message, { authoritative: true, answer: found.answer }) }
      }
      // A name with an address of the other family exists: NODATA, and nobody else is asked.
      if (found.exists && !block.fallthrough.some((zone) => isInZone(name, zone))) {
        return { kind: 'reply', message: replyTo(request.message, { authoritative: true }) }
      }
      if (found.exists || type === TYPE.PTR || block.fallthrough.some((zone) => isInZone(name, zone)))
        return next(request)
      return { kind: 'failure', rcode: 2, error: undefined }
    }
  },
}

interface Found {
  readonly answer: readonly ResourceRecord[]
  readonly exists: boolean
}

function addresses(block: HostsBlock, qname: string, name: string, type: number): Found {
  const known = block.table().addresses(name.slice(0, -1))
  const family = type === TYPE.A ? 4 : type === TYPE.AAAA ? 6 : undefined
  const answer = known
    .filter((address) => addressFamily(address) === family)
    .map((address): ResourceRecord => ({ type: family === 6 ? 'AAAA' : 'A', name: qname, ttl: block.ttl, address }))
  return { answer, exists: known.length > 0 }
}

function pointers(block: HostsBlock, qname: string, name: string): Found {
  const address = block.reverse ? addressOfReverseName(name) : undefined
  const names = address === undefined ? [] : block.table().names(address)
  const answer = names.map((target): ResourceRecord => ({
    type: 'PTR',
    name: qname,
    ttl: block.ttl,
    target: `${target}.`,
  }))
  return { answer, exists: false }
}

function parseBlock(directive: Directive, context: PluginContext): HostsBlock {
  const [file = '/etc/hosts', ...zones] = directive.args
  const inline: string[] = []
  let ttl = 3600
  let reverse = true
  let reloadUs: Microseconds = 5 * SECOND
  let fallthrough: readonly string[] = []
  for (const option of directive.body ?? []) {
    const { name, args, line } = option
    if (name === 'fallthrough') fallthrough = args.length === 0 ? ['.'] : args.flatMap(zonesOf)
    else if (name === 'no_reverse') reverse = false
    else if (name === 'reload') {
      const durationUs = goDuration(args[0] ?? '')
      if (args.length !== 1) throw argumentError(line, 'reload', 'hosts')
      if (durationUs === undefined) throw parseError(line, `invalid duration for reload '${args[0] ?? ''}'`, 'hosts')
      reloadUs = durationUs
    } else if (name === 'ttl') {
      ttl = Number(args[0])
      if (args.length !== 1) throw argumentError(line, 'ttl', 'hosts')
      if (!Number.isInteger(ttl) || ttl <= 0 || ttl > 65_535) throw parseError(line, `ttl provided is invalid`, 'hosts')
    } else if (addressFamily(name) !== undefined && args.length > 0) inline.push([name, ...args].join(' '))
    else throw parseError(line, `unknown property '${name}'`, 'hosts')
  }
  const table = rereadTable(context, file, inline, reloadUs)
  return { table, zones: zones.length === 0 ? context.zones : zones.flatMap(zonesOf), ttl, reverse, fallthrough }
}

/** @param everyUs 0: the file is read once */
function rereadTable(
  context: PluginContext,
  file: string,
  inline: readonly string[],
  everyUs: Microseconds,
): () => HostsTable {
  let text: string | undefined
  let lookedUs = context.clock.now()
  let table = parseHosts('')
  const read = (): void => {
    const content = context.readFile(file) ?? ''
    if (content === text) return
    text = content
    table = parseHosts([content, ...inline].join('\n'))
    const loadedS = context.clock.wallTimeMs() / 1000
    context.metrics.gauge('coredns_hosts_reload_timestamp_seconds', '', () => loadedS)
    context.metrics.gauge('coredns_hosts_entries', '', () => table.size)
  }
  read()
  return () => {
    const nowUs = context.clock.now()
    if (everyUs > 0 && nowUs - lookedUs >= everyUs) {
      lookedUs = nowUs
      read()
    }
    return table
  }
}
