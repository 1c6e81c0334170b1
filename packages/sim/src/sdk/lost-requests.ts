// What is known of a request that got lost: which rule led where, who that was, when its container was told to stop, and when the
// node's rules left it out. That is how a rollout's lost requests are explained.

import { endpointSlices, pods } from '@podwire/apiserver'
import { MILLISECOND, SECOND, type Engine, type Microseconds } from '@podwire/engine'
import { containerSignalled } from '../container/index.ts'
import type { Composition } from './composition.ts'
import type { LostRequest } from './load-report.ts'

/** How long the rules of a node are looked at for an endpoint they should leave out. */
const LONGEST_WATCH: Microseconds = 60 * SECOND
/** Syncs are twice as far apart, so that none is missed. */
const LOOK_PERIOD: Microseconds = 20 * MILLISECOND

export type Lost = Pick<LostRequest, 'sentUs' | 'outcome' | 'code' | 'endpoint' | 'stopped'>

export class LostRequests implements Disposable {
  readonly #composition: Composition
  /** The node whose rules the requests meet first. */
  readonly #node: string | undefined
  readonly #signalled = new Map<string, Microseconds>()
  /** When the node's rules left a pod out. */
  readonly #synced = new Map<string, Microseconds>()
  /** By address; pods that are gone included. */
  readonly #pods = new Map<string, string>()
  /** The addresses the node's rules led to when they were last asked: the pods of a rollout are looked for in one set. */
  #led: { readonly rules: unknown; readonly addresses: ReadonlySet<string> } | undefined
  readonly #subscription: Disposable
  readonly #lost: Omit<LostRequest, 'sentence'>[] = []

  constructor(composition: Composition, node: string | undefined) {
    this.#composition = composition
    this.#node = node
    this.#subscription = this.#engine.bus.subscribe(containerSignalled, ({ timeUs, payload }) => {
      if (this.#signalled.has(payload.pod)) return
      this.#signalled.set(payload.pod, timeUs)
      this.#noteSignalled(payload.pod)
    })
  }

  /** In the order they were sent. */
  all(): readonly Omit<LostRequest, 'sentence'>[] {
    return this.#lost
      .map((one) => ({ ...one, syncedUs: one.pod === undefined ? undefined : this.#synced.get(one.pod) }))
      .sort((a, b) => a.sentUs - b.sentUs)
  }

  add(lost: Lost): void {
    const { sentUs, outcome, code, endpoint, stopped } = lost
    const podIP = endpoint?.slice(0, endpoint.lastIndexOf(':'))
    if (podIP !== undefined) this.#learnPods()
    const pod = podIP === undefined ? undefined : this.#pods.get(podIP)
    this.#lost.push({
      sentUs,
      outcome,
      code,
      endpoint,
      stopped,
      node: this.#node,
      pod,
      signalledUs: pod === undefined ? undefined : this.#signalled.get(pod),
      readyInSlices: podIP !== undefined && this.#isReady(podIP),
      syncedUs: undefined,
    })
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]()
  }

  get #engine(): Engine {
    return this.#composition.engine
  }

  #isReady(podIP: string): boolean {
    return this.#composition.server.client
      .list(endpointSlices, {})
      .items.some((slice) =>
        (slice.endpoints ?? []).some((one) => one.conditions?.ready === true && one.addresses[0] === podIP),
      )
  }

  /** Remembers whose address it is, and looks when the node's rules leave it out. */
  #noteSignalled(pod: string): void {
    this.#learnPods()
    const node = this.#node
    const podIP = [...this.#pods].find(([, name]) => name === pod)?.[0]
    if (node !== undefined && podIP !== undefined && this.#leadTo(node, podIP)) this.#watchRules(node, pod, podIP)
  }

  /** Each look is cheap while the rules are the same object. */
  #watchRules(node: string, pod: string, podIP: string): void {
    const { proxy } = this.#composition
    const startUs = this.#engine.clock.now()
    let seen: unknown
    const look = (): void => {
      const rules = proxy.rulesetAt(node)
      if (rules !== seen && !this.#leadTo(node, podIP)) {
        const tookMs = Math.ceil((proxy.audit(node).writtenUs() - startUs) / MILLISECOND)
        this.#synced.set(pod, startUs + Math.max(0, tookMs) * MILLISECOND)
        return
      }
      seen = rules
      if (this.#engine.clock.now() - startUs >= LONGEST_WATCH) return
      this.#engine.schedule(LOOK_PERIOD, 'rules watch', look, 'background')
    }
    look()
  }

  #learnPods(): void {
    for (const { metadata, status } of this.#composition.server.client.list(pods, {}).items) {
      if (status?.podIP !== undefined) this.#pods.set(status.podIP, `${metadata.namespace ?? ''}/${metadata.name}`)
    }
  }

  #leadTo(node: string, podIP: string): boolean {
    const { proxy } = this.#composition
    const rules = proxy.rulesetAt(node)
    if (this.#led?.rules !== rules) this.#led = { rules, addresses: proxy.audit(node).endpointAddresses() }
    return this.#led.addresses.has(podIP)
  }
}
