// The KUBE-SEP chains of one service port, and what they say. A chain is a name until somebody reads its rules: packets are
// decided from the endpoint itself (see BalancerChain). Chains are kept from one version of the port to the next, so that a
// change of one endpoint costs no hashing of the others.

import { hostCidr } from '../addresses/cidr.ts'
import type { Endpoint } from '../services/endpoint.ts'
import type { ServicePort } from '../services/service-port.ts'
import type { Chain } from './chain.ts'
import { endpointChainName } from './names.ts'
import type { IptablesLayout } from './layout.ts'
import { comment, jump, oneIn, rule, type Match, type RecentMatch, type Rule } from './rule.ts'

export class EndpointChains {
  readonly port: ServicePort
  readonly markMasquerade: Chain
  readonly #large: boolean
  readonly #layout: IptablesLayout
  readonly #chains: Map<string, EndpointChain>

  /**
   * @param large a cluster of so many endpoints that comments are left out
   * @param previous of an older version of the same port: its chains are taken over where nothing they say has changed
   */
  constructor(
    port: ServicePort,
    large: boolean,
    markMasquerade: Chain,
    layout: IptablesLayout,
    previous?: EndpointChains,
  ) {
    this.port = port
    this.#large = large || layout.endpointComments === 'none'
    this.#layout = layout
    this.markMasquerade = markMasquerade
    const same =
      previous !== undefined &&
      previous.#large === this.#large &&
      previous.markMasquerade === markMasquerade &&
      previous.port.name === port.name &&
      previous.port.protocol === port.protocol &&
      previous.port.affinitySeconds === port.affinitySeconds
    // Taken over as it is: the newest version is the one asked most, and old chains of gone endpoints are few.
    this.#chains = same && previous.#chains.size < 5_000 ? previous.#chains : new Map()
  }

  chain(endpoint: Endpoint): Chain {
    const known = this.#chains.get(endpoint.text)
    if (known !== undefined) return known
    const chain = new EndpointChain(this, endpoint)
    this.#chains.set(endpoint.text, chain)
    return chain
  }

  /** What rules that lead to an endpoint say of it. */
  choiceComment(endpoint: Endpoint): readonly Match[] {
    if (this.#large) return []
    const { name } = this.port
    return [comment(this.#layout.endpointComments === 'service' ? name : `${name} -> ${endpoint.text}`)]
  }

  /** What is chosen among so many endpoints; the last one needs no luck. */
  odds(left: number): readonly Match[] {
    if (left === 1) return []
    return [oneIn(left, this.#layout.decimals)]
  }

  /** Clients seen before are on the list of this name. */
  recall(list: string, seconds: number): RecentMatch {
    return { kind: 'recent', action: 'rcheck', seconds, reap: true, list, mask: this.#fullMask() }
  }

  /** The rules of an endpoint's chain. */
  rulesOf(chainName: string, endpoint: Endpoint): readonly Rule[] {
    const { name, protocol, affinitySeconds } = this.port
    const about = this.#large ? [] : [comment(name)]
    // An endpoint that reaches itself through the service must see another source than itself.
    const hairpin = rule(jump(this.markMasquerade), {
      source: { cidr: hostCidr(endpoint.address), negated: false },
      matches: about,
    })
    const remember: readonly Match[] =
      affinitySeconds === undefined
        ? []
        : [{ kind: 'recent', action: 'set', seconds: undefined, reap: false, list: chainName, mask: this.#fullMask() }]
    const translate = rule(
      { kind: 'dnat', address: endpoint.address, port: endpoint.port },
      { protocol, matches: [...about, ...remember, { kind: 'port', protocol, destinationPort: undefined }] },
    )
    return [hairpin, translate]
  }

  #fullMask(): string {
    return this.port.family === 'ipv4' ? '255.255.255.255' : 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'
  }
}

/** There may be hundreds of thousands of them: what they have in common is not stored in each. */
class EndpointChain implements Chain {
  readonly name: string
  readonly #chains: EndpointChains
  readonly #endpoint: Endpoint
  #rules: readonly Rule[] | undefined

  constructor(chains: EndpointChains, endpoint: Endpoint) {
    this.name = endpointChainName(chains.port.name, chains.port.protocol, endpoint.text)
    this.#chains = chains
    this.#endpoint = endpoint
  }

  get policy(): undefined {
    return undefined
  }

  get select(): undefined {
    return undefined
  }

  get decide(): undefined {
    return undefined
  }

  get ladderStart(): number {
    return -1
  }

  rules(): readonly Rule[] {
    return (this.#rules ??= this.#chains.rulesOf(this.name, this.#endpoint))
  }

  rulesOnce(): readonly Rule[] {
    return this.#rules ?? this.#chains.rulesOf(this.name, this.#endpoint)
  }
}
