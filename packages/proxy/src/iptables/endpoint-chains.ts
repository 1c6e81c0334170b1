// The KUBE-SEP chains of one service port, and the rules that choose between them. Chains are kept from one version of the
// port to the next, so that a change of one endpoint costs no hashing of the others.

import { hostCidr } from '../addresses/cidr.ts'
import type { Endpoint } from '../services/endpoint.ts'
import type { ServicePort } from '../services/service-port.ts'
import { chainOf, type Chain } from './chain.ts'
import { endpointChainName } from './names.ts'
import { comment, jump, oneIn, rule, type Match, type RecentMatch, type Rule } from './rule.ts'

export class EndpointChains {
  readonly #port: ServicePort
  readonly #large: boolean
  readonly #markMasquerade: Chain
  readonly #chains: Map<string, Chain>

  /**
   * @param large a cluster of so many endpoints that comments are left out
   * @param previous of an older version of the same port: its chains are taken over where nothing they say has changed
   */
  constructor(port: ServicePort, large: boolean, markMasquerade: Chain, previous?: EndpointChains) {
    this.#port = port
    this.#large = large
    this.#markMasquerade = markMasquerade
    const same =
      previous !== undefined &&
      previous.#large === large &&
      previous.#markMasquerade === markMasquerade &&
      previous.#port.name === port.name &&
      previous.#port.protocol === port.protocol &&
      previous.#port.affinitySeconds === port.affinitySeconds
    // Taken over as it is: the newest version is the one asked most, and old chains of gone endpoints are few.
    this.#chains = same && previous.#chains.size < 5_000 ? previous.#chains : new Map()
  }

  chain(endpoint: Endpoint): Chain {
    const known = this.#chains.get(endpoint.text)
    if (known !== undefined) return known
    const chain = this.#build(endpoint)
    this.#chains.set(endpoint.text, chain)
    return chain
  }

  /** One rule for each endpoint, each taken with equal probability. */
  ladder(endpoints: readonly Endpoint[]): readonly Rule[] {
    const last = endpoints.length - 1
    return endpoints.map((endpoint, i) => {
      const matches = [...this.#choiceComment(endpoint), ...(i === last ? [] : [oneIn(endpoints.length - i)])]
      return rule(jump(this.chain(endpoint)), { matches })
    })
  }

  /** Clients seen before go where they went. */
  affinityRules(endpoints: readonly Endpoint[]): readonly Rule[] {
    const { affinitySeconds } = this.#port
    if (affinitySeconds === undefined) return []
    return endpoints.map((endpoint) => {
      const chain = this.chain(endpoint)
      const seen: RecentMatch = {
        kind: 'recent',
        action: 'rcheck',
        seconds: affinitySeconds,
        reap: true,
        list: chain.name,
        mask: this.#fullMask(),
      }
      return rule(jump(chain), { matches: [...this.#choiceComment(endpoint), seen] })
    })
  }

  #choiceComment(endpoint: Endpoint): readonly Match[] {
    return this.#large ? [] : [comment(`${this.#port.name} -> ${endpoint.text}`)]
  }

  #fullMask(): string {
    return this.#port.family === 'ipv4' ? '255.255.255.255' : 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'
  }

  #build(endpoint: Endpoint): Chain {
    const { name, protocol, affinitySeconds } = this.#port
    const chainName = endpointChainName(name, protocol, endpoint.text)
    const about = this.#large ? [] : [comment(name)]
    // An endpoint that reaches itself through the service must see another source than itself.
    const hairpin = rule(jump(this.#markMasquerade), {
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
    return chainOf(chainName, [hairpin, translate])
  }
}
