// Who may ask: the allow and deny lists of a location, made once per list.

import { BlockList, isIP } from 'node:net'
import type { LocationRules } from './annotations/location-rules.ts'

const compiled = new WeakMap<readonly string[], BlockList>()

/** Deny wins over allow; an empty allow list allows everybody. */
export function mayAsk(rules: LocationRules, address: string): boolean {
  if (rules.deniedSources.length > 0 && isListed(rules.deniedSources, address)) return false
  return rules.allowedSources.length === 0 || isListed(rules.allowedSources, address)
}

export function isListed(ranges: readonly string[], address: string): boolean {
  let list = compiled.get(ranges)
  if (list === undefined) {
    list = new BlockList()
    for (const range of ranges) {
      const [network = '', length] = range.split('/')
      const ipv6 = isIP(network) === 6
      list.addSubnet(network, length === undefined ? (ipv6 ? 128 : 32) : Number(length), ipv6 ? 'ipv6' : 'ipv4')
    }
    compiled.set(ranges, list)
  }
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}
