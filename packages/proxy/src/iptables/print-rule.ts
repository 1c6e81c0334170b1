// One rule as `iptables-save` prints it. Source: the normalisations of iptables-save 1.8.9 (nf_tables), among them the two
// blanks after --nfacct-name.

import { assertNever } from '@podwire/engine'
import type { Match, Rule, Target } from './rule.ts'

/** `-A CHAIN …` */
export function printRule(chain: string, rule: Rule): string {
  const { source, destination, inInterface, outInterface, protocol, matches } = rule
  let text = `-A ${chain}`
  if (source !== undefined) text += ` ${not(source)}-s ${source.cidr.text}`
  if (destination !== undefined) text += ` ${not(destination)}-d ${destination.cidr.text}`
  if (inInterface !== undefined) text += ` ${not(inInterface)}-i ${inInterface.name}`
  if (outInterface !== undefined) text += ` ${not(outInterface)}-o ${outInterface.name}`
  if (protocol !== undefined) text += ` -p ${protocol}`
  for (const match of matches) text += ` ${printMatch(match)}`
  const target = printTarget(rule.target)
  return target === '' ? text : `${text} ${target}`
}

const not = (match: { readonly negated: boolean }): string => (match.negated ? '! ' : '')

const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`

function printMatch(match: Match): string {
  switch (match.kind) {
    case 'comment':
      return `-m comment --comment ${quote(match.text)}`
    case 'port':
      return `-m ${match.protocol}${match.destinationPort === undefined ? '' : ` --dport ${match.destinationPort}`}`
    case 'conntrack':
      return `-m conntrack ${not(match)}--ctstate ${match.states.join(',')}`
    case 'state':
      return `-m state --state ${match.states.join(',')}`
    case 'addrtype': {
      const bang = match.sourceNegated === true ? ' !' : ''
      const source = match.source === undefined ? '' : `${bang} --src-type ${match.source}`
      return `-m addrtype${source}${match.destination === undefined ? '' : ` --dst-type ${match.destination}`}`
    }
    case 'mark':
      return `-m mark ${not(match)}--mark ${hex(match.value)}${match.mask >>> 0 === 0xffff_ffff ? '' : `/${hex(match.mask)}`}`
    case 'statistic':
      return `-m statistic --mode random --probability ${(match.numerator / 0x8000_0000).toFixed(11)}`
    case 'recent': {
      const seconds = match.seconds === undefined ? '' : ` --seconds ${match.seconds}`
      const action = `--${match.action}${seconds}${match.reap ? ' --reap' : ''}`
      return `-m recent ${action} --name ${match.list} --mask ${match.mask} --rsource`
    }
    case 'set':
      return `-m set --match-set ${match.name} ${match.flags.join(',')}`
    case 'physdev':
      return '-m physdev ! --physdev-is-in'
    case 'ipvs':
      return `-m ipvs --vproto ${match.protocol} --vaddr ${match.address} --vport ${match.port}`
    case 'nfacct':
      return `-m nfacct --nfacct-name  ${match.name}`
    default:
      return assertNever(match, 'match')
  }
}

function printTarget(target: Target): string {
  switch (target.kind) {
    case 'jump':
      return `-j ${target.chain}`
    case 'accept':
    case 'drop':
    case 'return':
      return `-j ${target.kind.toUpperCase()}`
    case 'reject':
      return `-j REJECT --reject-with ${target.with}`
    case 'dnat':
      return `-j DNAT --to-destination ${target.address.includes(':') ? `[${target.address}]` : target.address}:${target.port}`
    case 'redirect':
      return `-j REDIRECT --to-ports ${target.port}`
    case 'masquerade':
      return `-j MASQUERADE${target.randomFully ? ' --random-fully' : ''}`
    case 'mark':
      return `-j MARK --set-xmark ${hex(target.value)}/${hex(target.mask)}`
    case 'none':
      return ''
    default:
      return assertNever(target, 'target')
  }
}

/** iptables quotes what is not plain: letters, digits, - and _ (xtables_save_string). */
function quote(text: string): string {
  if (/^[\w-]+$/.test(text)) return text
  return `"${text.replace(/["\\]/g, (character) => `\\${character}`)}"`
}
