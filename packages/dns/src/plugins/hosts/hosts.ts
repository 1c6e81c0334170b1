// `hosts`: answers from a hosts file or lines in the block itself: A, AAAA and, unless told not to, PTR.
// Source: CoreDNS plugin/hosts. Names with a `*` are taken as they stand.

import { SECOND, type Microseconds } from '@podwire/engine'
import { argumentError, parseError, zonesOf, type Directive } from '../../corefile/index.ts'
import {
  addressFamily,
  addressOfReverseName,
  isInZone,
  RCODE,
  replyTo,
  TYPE,
  type ResourceRecord,
} from '../../wire/index.ts'
import { goDuration } from '../go-duration.ts'
import type { Plugin, PluginContext } from '../plugin.ts'
import { watchFile } from '../watched-file.ts'
import { parseHosts, type HostsTable } from './hosts-table.ts'

interface HostsBlock {
  /** The file and the lines of the block, as they are now. */
  readonly table: () => HostsTable
  readonly zones: readonly string[]
  readonly ttl: number
  readonly reverse: boolean
  readonly fallthrough: readonly string[]
  /** Types other than A, AAAA and PTR go through as well. */
  readonly passesUnsupported: boolean
}

const PLUGIN = 'hosts'

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
      const mine = block.zones.some((zone) => isInZone(name, zone))
      // Reverse zones are rarely listed, so PTR is tried for any zone.
      if (!mine && type !== TYPE.PTR) return next(request)
      const through = block.fallthrough.some((zone) => isInZone(name, zone))
      const answer = type === TYPE.PTR ? pointers(block, qname, name) : addresses(block, qname, name, type)
      if (type === TYPE.PTR && answer.length === 0) return next(request)
      if (type !== TYPE.PTR && type !== TYPE.A && type !== TYPE.AAAA && through && block.passesUnsupported) {
        return next(request)
      }
      // A name with an address of the other family exists: NODATA, and nobody else is asked.
      if (answer.length > 0 || block.table().addresses(name.slice(0, -1)).length > 0) {
        return { kind: 'reply', message: replyTo(request.message, { authoritative: true, answer }) }
      }
      return through ? next(request) : { kind: 'failure', rcode: RCODE.SERVFAIL, error: undefined }
    }
  },
}

function addresses(block: HostsBlock, qname: string, name: string, type: number): readonly ResourceRecord[] {
  const family = type === TYPE.A ? 4 : type === TYPE.AAAA ? 6 : undefined
  return block
    .table()
    .addresses(name.slice(0, -1))
    .filter((address) => addressFamily(address) === family)
    .map((address): ResourceRecord => ({ type: family === 6 ? 'AAAA' : 'A', name: qname, ttl: block.ttl, address }))
}

function pointers(block: HostsBlock, qname: string, name: string): readonly ResourceRecord[] {
  const address = block.reverse ? addressOfReverseName(name) : undefined
  const names = address === undefined ? [] : block.table().names(address)
  return names.map((target): ResourceRecord => ({ type: 'PTR', name: qname, ttl: block.ttl, target: `${target}.` }))
}

function parseBlock(directive: Directive, context: PluginContext): HostsBlock {
  const [file = '/etc/hosts', ...given] = directive.args
  const zones = given.length === 0 ? context.zones : given.flatMap(zonesOf)
  const draft: Draft = {
    inline: [],
    ttl: 3600,
    reverse: true,
    reloadUs: 5 * SECOND,
    fallthrough: [],
    unsupported: false,
  }
  for (const option of directive.body ?? []) readOption(draft, option)
  const { ttl, reverse, fallthrough, unsupported } = draft
  if (unsupported && fallthrough.length === 0) {
    throw parseError(directive.line, 'fallthrough_unsupported requires fallthrough', PLUGIN)
  }
  if (directive.args.length > 0 && context.readFile(file) === undefined) {
    context.log(`[WARNING] plugin/hosts: File does not exist: ${file}`)
  }
  const table = rereadTable(context, file, draft, zones)
  return { table, zones, ttl, reverse, fallthrough, passesUnsupported: unsupported }
}

interface Draft {
  readonly inline: string[]
  ttl: number
  reverse: boolean
  reloadUs: Microseconds
  fallthrough: readonly string[]
  unsupported: boolean
}

function readOption(draft: Draft, { name, args, line }: Directive): void {
  const [first = ''] = args
  switch (name) {
    case 'fallthrough':
      draft.fallthrough = args.length === 0 ? ['.'] : args.flatMap(zonesOf)
      return
    case 'fallthrough_unsupported':
      if (args.length > 0) throw argumentError(line, first, PLUGIN)
      draft.unsupported = true
      return
    case 'no_reverse':
      draft.reverse = false
      return
    case 'reload': {
      if (args.length !== 1) throw parseError(line, 'reload needs a duration (zero seconds to disable)', PLUGIN)
      const reloadUs = goDuration(first)
      if (reloadUs === undefined) throw parseError(line, `invalid duration for reload '${first}'`, PLUGIN)
      draft.reloadUs = reloadUs
      return
    }
    case 'ttl':
      if (args.length === 0) throw parseError(line, 'ttl needs a time in second', PLUGIN)
      if (!/^[+-]?\d+$/.test(first)) throw parseError(line, 'ttl needs a number of second', PLUGIN)
      draft.ttl = Number(first)
      if (draft.ttl <= 0 || draft.ttl > 65_535) throw parseError(line, 'ttl provided is invalid', PLUGIN)
      return
    default:
      // Lines of the table stand before `fallthrough`; those that give no address are passed over.
      if (draft.fallthrough.length > 0) throw parseError(line, `unknown property '${name}'`, PLUGIN)
      draft.inline.push([name, ...args].join(' '))
  }
}

/** The file and the lines of the block, as they are now; names outside the zones are left out. */
function rereadTable(
  context: PluginContext,
  file: string,
  { inline, reloadUs }: Draft,
  zones: readonly string[],
): () => HostsTable {
  let text: string | undefined
  let table = parseHosts('')
  const isMine = (name: string): boolean => zones.some((zone) => isInZone(`${name}.`, zone))
  const watched = watchFile(context.clock, reloadUs, () => {
    const content = context.readFile(file) ?? ''
    if (content === text) return
    text = content
    table = parseHosts([content, ...inline].join('\n'), isMine)
    const loadedS = context.clock.wallTimeMs() / 1000
    context.metrics.gauge('coredns_hosts_reload_timestamp_seconds', '', () => loadedS)
    context.metrics.gauge('coredns_hosts_entries', '', () => table.size)
  })
  return () => {
    watched.look()
    return table
  }
}
