// ipsets of ipvs mode: which addresses and ports the iptables part asks for. What they look like as text is ipset-text.ts's.
// Source: kubernetes pkg/proxy/ipvs/util/ipset.

import { cidrContains, type Cidr } from '../addresses/cidr.ts'
import type { IpFamily, Packet } from '../dataplane/packet.ts'
import type { SetFlag, SetMembers } from '../iptables/rule.ts'

export type IpSetType = 'hash:ip' | 'hash:ip,port' | 'hash:ip,port,ip' | 'hash:ip,port,net' | 'bitmap:port'

/** `10.96.0.10,tcp:53`, and for networks the network apart. */
export interface IpSetEntry {
  readonly key: string
  readonly network?: Cidr
}

export class IpSet implements SetMembers {
  readonly name: string
  readonly type: IpSetType
  /** Text of the comment of rules that use it. */
  readonly about: string
  readonly family: IpFamily
  readonly #entries: () => readonly IpSetEntry[]
  readonly #near: ((packet: Packet) => readonly IpSetEntry[]) | undefined
  readonly #isEmpty: (() => boolean) | undefined
  #index: ReadonlyMap<string, readonly IpSetEntry[]> | undefined

  /**
   * @param entries all of them, in the order of services
   * @param near those a packet could match, found without a look at all others
   * @param isEmpty the same for the whole
   */
  constructor(
    name: string,
    type: IpSetType,
    about: string,
    family: IpFamily,
    entries: () => readonly IpSetEntry[],
    near?: (packet: Packet) => readonly IpSetEntry[],
    isEmpty?: () => boolean,
  ) {
    // The kernel allows 31 characters.
    this.name = (family === 'ipv4' ? name : name.replace('KUBE-', 'KUBE-6-')).slice(0, 31)
    this.type = type
    this.about = about
    this.family = family
    this.#entries = entries
    this.#near = near
    this.#isEmpty = isEmpty
  }

  get isEmpty(): boolean {
    return this.#isEmpty?.() ?? this.#all().size === 0
  }

  members(): readonly string[] {
    const texts = [...this.#all().values()]
      .flat()
      .map(({ key, network }) =>
        network === undefined ? key : `${key},${network.host ? network.address : network.text}`,
      )
    return [...new Set(texts)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  }

  has(packet: Packet, flags: readonly SetFlag[]): boolean {
    const key = this.#key(packet, flags)
    const entries = this.#near?.(packet).filter((entry) => entry.key === key) ?? this.#all().get(key) ?? []
    if (entries.length === 0) return false
    if (this.type !== 'hash:ip,port,net') return true
    const address = flags[2] === 'src' ? packet.source : packet.destination
    return entries.some(({ network }) => network !== undefined && cidrContains(network, address))
  }

  #all(): ReadonlyMap<string, readonly IpSetEntry[]> {
    if (this.#index !== undefined) return this.#index
    const index = new Map<string, IpSetEntry[]>()
    for (const entry of this.#entries()) {
      const known = index.get(entry.key)
      if (known === undefined) index.set(entry.key, [entry])
      else known.push(entry)
    }
    this.#index = index
    return index
  }

  #key({ source, destination, protocol, destinationPort }: Packet, flags: readonly SetFlag[]): string {
    if (this.type === 'bitmap:port') return String(destinationPort)
    const first = flags[0] === 'src' ? source : destination
    if (this.type === 'hash:ip') return first
    const pair = `${first},${protocol}:${destinationPort}`
    return this.type === 'hash:ip,port,ip' ? `${pair},${flags[2] === 'src' ? source : destination}` : pair
  }
}
