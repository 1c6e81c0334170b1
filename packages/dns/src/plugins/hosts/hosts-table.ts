// A hosts file as a table: names to addresses and back. Used by the `hosts` plugin and by the pods' resolver, which read the
// same format (hosts(5)). Names compare without case; the first name of a line is the canonical one.

import { addressFamily, canonicalAddress } from '../../wire/index.ts'

export interface HostsTable {
  /** Addresses of a name (lower case, no final dot), in file order. */
  addresses(name: string): readonly string[]
  /** The first name on the first line that gives `name` an address. */
  canonicalName(name: string): string | undefined
  names(address: string): readonly string[]
  /** Pairs of name and address, both ways. */
  readonly size: number
}

/** @param takes whether a name (lower case, no final dot) is taken */
export function parseHosts(text: string, takes: (name: string) => boolean = () => true): HostsTable {
  const byName = new Map<string, string[]>()
  const byAddress = new Map<string, string[]>()
  const canonical = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [address, ...names] = line.replace(/#.*$/, '').trim().split(/\s+/)
    if (address === undefined || addressFamily(address) === undefined) continue
    const spelled = canonicalAddress(address) ?? address
    for (const name of names) {
      const key = name.toLowerCase().replace(/\.$/, '')
      if (!takes(key)) continue
      byName.set(key, [...(byName.get(key) ?? []), spelled])
      byAddress.set(spelled, [...(byAddress.get(spelled) ?? []), key])
      if (!canonical.has(key)) canonical.set(key, names[0] ?? name)
    }
  }
  return {
    addresses: (name) => byName.get(name) ?? [],
    canonicalName: (name) => canonical.get(name),
    names: (address) => byAddress.get(address) ?? [],
    size: byName.size + byAddress.size,
  }
}
