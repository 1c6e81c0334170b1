// KUBE-SVC and KUBE-SVL: the chains that choose one endpoint. Their rules, and those of the endpoints' chains behind them, are
// made when somebody reads them; packets that nobody traces or counts are decided from the list of endpoints, with the same
// draws and the same outcome. A property test holds the two together.

import { SECOND } from '@podwire/engine'
import type { Decision, Evaluation } from '../dataplane/hook-rules.ts'
import type { Packet } from '../dataplane/packet.ts'
import type { Endpoint } from '../services/endpoint.ts'
import type { Chain } from './chain.ts'
import type { EndpointChains } from './endpoint-chains.ts'
import { ruleMatches } from './evaluate.ts'
import type { PortChainNames } from './names.ts'
import { jump, rule, type Rule } from './rule.ts'

/** Over the endpoints of the cluster, or those of the node. */
export type BalancerRole = 'cluster' | 'local'

export class BalancerChain implements Chain {
  /** In the order of the rules. */
  readonly endpoints: readonly Endpoint[]
  readonly #affinitySeconds: number | undefined
  readonly #mark: number
  readonly #masquerading: readonly Rule[]
  readonly #chains: EndpointChains
  readonly #names: PortChainNames
  readonly #role: BalancerRole
  #rules: readonly Rule[] | undefined

  /**
   * @param masquerading the rules in front of all: which traffic gets the node's address
   * @param endpoints not empty
   * @param mark what asks for masquerading
   */
  constructor(
    names: PortChainNames,
    role: BalancerRole,
    masquerading: readonly Rule[],
    endpoints: readonly Endpoint[],
    chains: EndpointChains,
    mark: number,
  ) {
    this.#names = names
    this.#role = role
    this.#masquerading = masquerading
    this.endpoints = endpoints
    this.#chains = chains
    this.#affinitySeconds = chains.port.affinitySeconds
    this.#mark = mark
  }

  get name(): string {
    return this.#names[this.#role]
  }

  /** Session affinity: who was here before goes where they went. */
  get sticky(): boolean {
    return this.#affinitySeconds !== undefined
  }

  get policy(): undefined {
    return undefined
  }

  get select(): undefined {
    return undefined
  }

  get ladderStart(): number {
    const affinity = this.#affinitySeconds === undefined ? 0 : this.endpoints.length
    return this.#masquerading.length + affinity
  }

  rules(): readonly Rule[] {
    return (this.#rules ??= this.#build())
  }

  rulesOnce(): readonly Rule[] {
    return this.#rules ?? this.#build()
  }

  decide(packet: Packet, run: Evaluation): Decision | undefined {
    for (const rule of this.#masquerading) if (ruleMatches(rule, packet, run)) this.#markForMasquerade(packet)
    return this.pick(packet, run)
  }

  /** Behind the rules about masquerading: one endpoint. */
  pick(packet: Packet, run: Evaluation): Decision | undefined {
    const endpoints = this.endpoints
    const count = endpoints.length
    if (this.#affinitySeconds !== undefined) return this.#pickSticky(this.#affinitySeconds, packet, run)
    const endpoint = endpoints[count === 1 ? 0 : Math.floor(run.random.real() * count)]
    return endpoint === undefined ? undefined : this.#enter(endpoint, packet)
  }

  #pickSticky(seconds: number, packet: Packet, run: Evaluation): Decision | undefined {
    const endpoints = this.endpoints
    const listOf = (endpoint: Endpoint): string => this.#chains.chain(endpoint).name
    const withinUs = seconds * SECOND
    let endpoint = endpoints.find((one) => run.recent.check(listOf(one), packet.source, withinUs, true, run.nowUs))
    const count = endpoints.length
    endpoint ??= endpoints[count === 1 ? 0 : Math.floor(run.random.real() * count)]
    if (endpoint === undefined) return undefined
    run.recent.set(listOf(endpoint), packet.source, run.nowUs)
    return this.#enter(endpoint, packet)
  }

  /** The KUBE-SEP chain: an endpoint that reaches itself must see another source. */
  #enter({ address, port }: Endpoint, packet: Packet): Decision {
    if (packet.source === address) this.#markForMasquerade(packet)
    return { kind: 'dnat', address, port }
  }

  #markForMasquerade(packet: Packet): void {
    packet.mark = (packet.mark | this.#mark) >>> 0
  }

  #build(): readonly Rule[] {
    const endpoints = this.endpoints
    const chains = this.#chains
    const seconds = this.#affinitySeconds
    const rules: Rule[] = [...this.#masquerading]
    if (seconds !== undefined) {
      for (const endpoint of endpoints) {
        const chain = chains.chain(endpoint)
        rules.push(
          rule(jump(chain), { matches: [...chains.choiceComment(endpoint), chains.recall(chain.name, seconds)] }),
        )
      }
    }
    // Each endpoint with equal probability: one in those that are left.
    endpoints.forEach((endpoint, i) => {
      const matches = [...chains.choiceComment(endpoint), ...chains.odds(endpoints.length - i)]
      rules.push(rule(jump(chains.chain(endpoint)), { matches }))
    })
    return rules
  }
}
