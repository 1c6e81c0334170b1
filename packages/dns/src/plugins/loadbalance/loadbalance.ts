// `loadbalance`: the order of addresses in a reply: shuffled (round_robin, the default), or the first drawn by weight; with
// `prefer`, addresses of given subnets first. Source: CoreDNS plugin/loadbalance.

import ipaddr from 'ipaddr.js'
import { parseError, pluginError, type Directive } from '../../corefile/index.ts'
import { SECOND, type Microseconds } from '@podwire/engine'
import { RCODE, TYPE, type DnsMessage, type ResourceRecord } from '../../wire/index.ts'
import { goDuration } from '../go-duration.ts'
import { andThen, type Plugin, type PluginContext } from '../plugin.ts'
import { preferred, roundRobin, type Subnet } from './shuffle.ts'
import { weightedOrder } from './weights.ts'

type Order = (records: readonly ResourceRecord[]) => readonly ResourceRecord[]

const NAME = 'loadbalance'

export const loadbalance: Plugin = {
  name: NAME,
  setup(directives, context) {
    const directive = directives.at(-1)
    if (directive === undefined) return undefined
    const { subnets, reloadUs } = parseBody(directive)
    const balance = policyOf(directive, reloadUs, context)
    const inOrder = (message: DnsMessage): DnsMessage => {
      const balanced = balance(message)
      if (subnets.length === 0) return balanced
      const { answer, additional } = balanced
      return { ...balanced, answer: preferred(answer, subnets), additional: preferred(additional, subnets) }
    }
    return function orderRecords(request, next) {
      return andThen(next(request), (outcome) => {
        if (outcome.kind !== 'reply' || outcome.message.rcode !== RCODE.NOERROR) return outcome
        const { message } = outcome
        const { answer, authority, additional } = message
        if (answer.length < 2 && authority.length < 2 && additional.length < 2) return outcome
        return { ...outcome, message: inOrder(message) }
      })
    }
  },
}

function policyOf(directive: Directive, reloadUs: Microseconds, context: PluginContext): (m: DnsMessage) => DnsMessage {
  const { args, line } = directive
  const [policy = 'round_robin', file, extra] = args
  const { random } = context
  if (policy === 'round_robin') {
    if (file !== undefined) throw parseError(line, `unknown property for ${policy}`, NAME)
    const shuffle: Order = (records) => roundRobin(records, (some) => random.shuffle(some))
    return (message) => ({
      ...message,
      answer: shuffle(message.answer),
      authority: shuffle(message.authority),
      additional: shuffle(message.additional),
    })
  }
  if (policy !== 'weighted') throw pluginError(NAME, `unknown policy: ${policy}`)
  if (file === undefined) throw parseError(line, 'missing weight file argument', NAME)
  if (extra !== undefined) throw parseError(line, 'unexpected argument(s)', NAME)
  const byWeight = weightedOrder(file, reloadUs, context)
  return (message) => {
    const type = message.question?.type
    if (type !== TYPE.A && type !== TYPE.AAAA && type !== TYPE.SRV) return message
    return { ...message, answer: byWeight(message.answer), additional: byWeight(message.additional) }
  }
}

function parseBody(directive: Directive): { readonly subnets: readonly Subnet[]; readonly reloadUs: Microseconds } {
  const subnets: Subnet[] = []
  let reloadUs = 30 * SECOND
  for (const { name, args, line } of directive.body ?? []) {
    if (name === 'prefer') {
      for (const text of args) {
        if (!ipaddr.isValidCIDR(text)) {
          throw parseError(line, `invalid CIDR "${text}": invalid CIDR address: ${text}`, NAME)
        }
        subnets.push(ipaddr.parseCIDR(text))
      }
    } else if (name === 'reload' && directive.args[0] === 'weighted') {
      const [text] = args
      if (text === undefined) throw parseError(line, 'reload duration value is missing', NAME)
      if (args.length > 1) throw parseError(line, 'unexpected argument', NAME)
      const durationUs = goDuration(text)
      if (durationUs === undefined) throw parseError(line, `invalid reload duration '${text}'`, NAME)
      reloadUs = durationUs
    } else throw parseError(line, `unknown property '${name}'`, NAME)
  }
  return { subnets, reloadUs }
}
