// dig's command line: @server, names, types, -x, -p, -t, -q, -4/-6 and the +flags. One or several lookups; +flags before the first
// name hold for all. Refused by name: +trace, +nssearch, +opcode, -f, -k, -y.

import { reverseNameOf, typeNumber } from '@podwire/dns'

export interface DigFlags {
  short: boolean
  cmd: boolean
  comments: boolean
  question: boolean
  answer: boolean
  authority: boolean
  additional: boolean
  stats: boolean
  search: boolean
  tcp: boolean
  edns: boolean
  recurse: boolean
  identify: boolean
  ignore: boolean
  dnssec: boolean
  cookie: boolean
  adflag: boolean
  cdflag: boolean
  multiline: boolean
  ttlid: boolean
  ttlunits: boolean
  class: boolean
  qr: boolean
  bufsize: number
  time: number
  tries: number
}

export interface DigLookup {
  name: string
  type: string
  class: number
  flags: DigFlags
}

export interface DigCommand {
  readonly lookups: readonly DigLookup[]
  readonly server: string | undefined
  readonly port: number
}

const DEFAULTS: DigFlags = {
  short: false,
  cmd: true,
  comments: true,
  question: true,
  answer: true,
  authority: true,
  additional: true,
  stats: true,
  search: false,
  tcp: false,
  edns: true,
  recurse: true,
  identify: false,
  ignore: false,
  dnssec: false,
  cookie: true,
  adflag: true,
  cdflag: false,
  multiline: false,
  ttlid: true,
  ttlunits: false,
  class: true,
  qr: false,
  bufsize: 1232,
  time: 5,
  tries: 3,
}

/** Accepted and without effect here. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set(
  'badcookie keepopen crypto rrcomments aaflag aaonly dscp fail idnin idnout showsearch split unknownformat zflag nsid'.split(
    ' ',
  ),
)

const SWITCHES: ReadonlyMap<string, keyof DigFlags> = new Map<string, keyof DigFlags>([
  ['short', 'short'],
  ['cmd', 'cmd'],
  ['comments', 'comments'],
  ['question', 'question'],
  ['answer', 'answer'],
  ['authority', 'authority'],
  ['additional', 'additional'],
  ['stats', 'stats'],
  ['search', 'search'],
  ['defname', 'search'],
  ['tcp', 'tcp'],
  ['vc', 'tcp'],
  ['edns', 'edns'],
  ['recurse', 'recurse'],
  ['rdflag', 'recurse'],
  ['identify', 'identify'],
  ['ignore', 'ignore'],
  ['dnssec', 'dnssec'],
  ['do', 'dnssec'],
  ['cookie', 'cookie'],
  ['adflag', 'adflag'],
  ['cdflag', 'cdflag'],
  ['multiline', 'multiline'],
  ['ttlid', 'ttlid'],
  ['ttlunits', 'ttlunits'],
  ['class', 'class'],
  ['cl', 'class'],
  ['qr', 'qr'],
])

const CLASSES: ReadonlyMap<string, number> = new Map([
  ['IN', 1],
  ['CH', 3],
  ['CHAOS', 3],
  ['HS', 4],
])

const REFUSALS: ReadonlyMap<string, string> = new Map([
  ['trace', 'there are no root servers and no delegations to follow in here'],
  ['nssearch', 'there are no delegations to follow in here'],
  ['opcode', 'only queries are sent'],
])

/** @returns `problem`: what dig itself refuses; `refused`: what only podwire does */
export function parseDig(
  args: readonly string[],
): DigCommand | { readonly problem: string } | { readonly refused: string } {
  const common: DigFlags = { ...DEFAULTS }
  const lookups: DigLookup[] = []
  let server: string | undefined
  let port = 53
  let pendingType: string | undefined
  let pendingClass = 1
  const add = (name: string, type = pendingType ?? 'A'): void => {
    lookups.push({ name, type, class: pendingClass, flags: { ...common } })
    pendingType = undefined
  }
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? ''
    const last = lookups.at(-1)
    if (arg.startsWith('@')) server = arg.slice(1)
    else if (arg.startsWith('+')) {
      const refused = /^\+(trace|nssearch|opcode)(=|$)/.exec(arg)?.[1]
      if (refused !== undefined) return { refused: `+${refused} is not simulated: ${REFUSALS.get(refused) ?? ''}` }
      if (!applyFlag(last?.flags ?? common, arg.slice(1))) return { problem: `Invalid option: ${arg}` }
    } else if (/^-[46]$/.test(arg)) continue
    else if (/^-[xptqcb]/.test(arg)) {
      const value = arg.length > 2 ? arg.slice(2) : (args[++at] ?? '')
      const letter = arg.charAt(1)
      if (letter === 'p') port = Number(value)
      else if (letter === 'q') add(value)
      else if (letter === 'x') add(reverseNameOf(value) ?? value, 'PTR')
      else if (letter === 't') {
        if (typeNumber(value) === undefined) return { problem: `;; Warning, ignoring invalid type ${value}` }
        if (last === undefined) pendingType = value
        else last.type = value
      }
    } else if (arg.startsWith('-')) return { problem: `Invalid option: ${arg}` }
    else if (CLASSES.has(arg.toUpperCase())) {
      const klass = CLASSES.get(arg.toUpperCase()) ?? 1
      if (last === undefined) pendingClass = klass
      else last.class = klass
    } else if (typeNumber(arg) !== undefined && !arg.includes('.')) {
      if (last === undefined) pendingType = arg
      else last.type = arg
    } else add(arg)
  }
  if (lookups.length === 0) add('.', pendingType ?? 'NS')
  return { lookups, server, port }
}

function applyFlag(flags: DigFlags, text: string): boolean {
  const [word = '', value] = text.split('=')
  if (word === 'all' || word === 'noall') {
    const on = word === 'all'
    Object.assign(flags, {
      cmd: on,
      comments: on,
      question: on,
      answer: on,
      authority: on,
      additional: on,
      stats: on,
    })
    return true
  }
  const number = Number(value)
  if (word === 'time' || word === 'timeout') flags.time = Math.max(1, number)
  else if (word === 'tries') flags.tries = Math.max(1, number)
  else if (word === 'retry') flags.tries = number + 1
  else if (word === 'bufsize') flags.bufsize = Math.min(65_535, Math.max(0, number))
  else if (/^(ndots|domain|padding|subnet)$/.test(word)) return true
  else {
    const on = !word.startsWith('no')
    const name = on ? word : word.slice(2)
    const option = SWITCHES.get(name)
    if (option === undefined || option === 'time' || option === 'tries' || option === 'bufsize')
      return WITHOUT_EFFECT.has(name)
    Object.assign(flags, { [option]: on })
  }
  return true
}
