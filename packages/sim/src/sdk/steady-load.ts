// A client that asks one URL again and again at a steady pace, and keeps account of what it did not get: for each lost request which
// rule led where, who that was, when its container was told to stop, and when the node's rules left it out. That is how a rollout's
// lost requests are explained. Sending goes on while time moves; `stop` gives the report.

import { endpointSlices, pods } from '@podwire/apiserver'
import { invariant, MILLISECOND, SECOND, type Engine, type Microseconds } from '@podwire/engine'
import { containerSignalled } from '../container/index.ts'
import { type PreparedRequest, prepareRequest, requestHttp } from '../http/client.ts'
import { failureCode } from '../http/failure.ts'
import { parseHttpUrl, ResolveError, sniOf } from '../http/fetch.ts'
import type { Flow } from '../fabric/flow.ts'
import type { NetworkNamespace } from '../fabric/network.ts'
import type { NameResolver } from '../images/image.ts'
import type { Composition } from './composition.ts'
import { LoadReport, type LostRequest } from './load-report.ts'

export interface SteadyLoadOptions {
  /** From one request to the next, milliseconds of virtual time; default 10. */
  readonly everyMs?: number
  /** When a request counts as lost, milliseconds; default 1000. */
  readonly timeoutMs?: number
}

/** Where the requests come from. */
export interface LoadSource {
  readonly network: NetworkNamespace
  readonly resolver: NameResolver
  /** The node whose rules its packets meet first; undefined: outside the cluster. */
  readonly node: string | undefined
}

/** How long the rules of a node are looked at for an endpoint they should leave out. */
const LONGEST_WATCH: Microseconds = 60 * SECOND

export class SteadyLoad {
  readonly #composition: Composition
  readonly #source: LoadSource
  readonly #request: PreparedRequest
  readonly #everyUs: Microseconds
  readonly #signalled = new Map<string, Microseconds>()
  /** When the node's rules left a pod out. */
  readonly #synced = new Map<string, Microseconds>()
  /** By address; pods that are gone included. */
  readonly #pods = new Map<string, string>()
  readonly #subscription: Disposable
  readonly #lost: LostRequest[] = []
  #sent = 0
  #answered = 0
  #open = 0
  #running = true
  #atRest: (() => void) | undefined

  /** @throws ResolveError when the name does not resolve */
  static async start(
    composition: Composition,
    source: LoadSource,
    url: string,
    options: SteadyLoadOptions,
  ): Promise<SteadyLoad> {
    const { host, name, port, target, secure } = parseHttpUrl(url)
    const found = await source.resolver.lookup(name)
    if ('error' in found) throw new ResolveError(name, found)
    const [address] = found.addresses
    invariant(address !== undefined, 'a lookup without error has an address')
    const timeoutUs = (options.timeoutMs ?? 1000) * MILLISECOND
    const request = prepareRequest({
      address,
      port,
      target,
      host,
      timeoutUs,
      ...(secure ? { tls: { serverName: sniOf(name) } } : {}),
    })
    return new SteadyLoad(composition, source, request, (options.everyMs ?? 10) * MILLISECOND)
  }

  private constructor(composition: Composition, source: LoadSource, request: PreparedRequest, everyUs: Microseconds) {
    this.#composition = composition
    this.#source = source
    this.#request = request
    this.#everyUs = everyUs
    this.#subscription = this.#engine.bus.subscribe(containerSignalled, ({ timeUs, payload }) => {
      if (this.#signalled.has(payload.pod)) return
      this.#signalled.set(payload.pod, timeUs)
      this.#noteSignalled(payload.pod)
    })
    this.#send()
  }

  get #engine(): Engine {
    return this.#composition.engine
  }

  /** No further requests; resolves when every answer is in. */
  stop(): Promise<LoadReport> {
    const { promise, resolve } = this.#engine.deferred<LoadReport>()
    this.#running = false
    this.#atRest = () => {
      this.#subscription[Symbol.dispose]()
      const lost = this.#lost
        .map((one) => ({ ...one, syncedUs: one.pod === undefined ? undefined : this.#synced.get(one.pod) }))
        .sort((a, b) => a.sentUs - b.sentUs)
      resolve(new LoadReport(this.#sent, this.#answered, lost))
    }
    if (this.#open === 0) this.#atRest()
    return promise
  }

  #send(): void {
    if (!this.#running) return
    this.#sent++
    this.#open++
    const sentUs = this.#engine.clock.now()
    requestHttp(
      this.#source.network,
      this.#request,
      ({ status, flow }) => {
        if (status < 500) this.#answered++
        else this.#lose(sentUs, `HTTP ${status}`, flow)
        this.#close()
      },
      (error) => {
        this.#lose(sentUs, failureCode(error), error.flow)
        this.#close()
      },
    )
    this.#engine.schedule(this.#everyUs, 'steady load', () => this.#send(), 'background')
  }

  #close(): void {
    this.#open--
    if (!this.#running && this.#open === 0) this.#atRest?.()
  }

  #lose(sentUs: Microseconds, code: string, flow: Flow | undefined): void {
    const endpoint = flow === undefined ? undefined : endpointOf(flow)
    const podIP = endpoint?.slice(0, endpoint.lastIndexOf(':'))
    const { client } = this.#composition.server
    if (podIP !== undefined) this.#learnPods()
    const name = podIP === undefined ? undefined : this.#pods.get(podIP)
    const readyInSlices = client
      .list(endpointSlices, {})
      .items.some((slice) =>
        (slice.endpoints ?? []).some((one) => one.conditions?.ready === true && one.addresses[0] === podIP),
      )
    this.#lost.push({
      sentUs,
      code,
      node: this.#source.node,
      endpoint,
      pod: name,
      signalledUs: name === undefined ? undefined : this.#signalled.get(name),
      readyInSlices,
      syncedUs: undefined,
    })
  }

  /** Remembers whose address it is, and looks when the node's rules leave it out. */
  #noteSignalled(pod: string): void {
    this.#learnPods()
    const { node } = this.#source
    const podIP = [...this.#pods].find(([, name]) => name === pod)?.[0]
    if (node !== undefined && podIP !== undefined && this.#mentions(node, podIP)) this.#watchRules(node, pod, podIP)
  }

  /** Each look is cheap while the rules are the same object. */
  #watchRules(node: string, pod: string, podIP: string): void {
    const { proxy } = this.#composition
    const untilUs = this.#engine.clock.now() + LONGEST_WATCH
    let seen: unknown
    const look = (): void => {
      const now = this.#engine.clock.now()
      const rules = proxy.rulesetAt(node)
      if (rules !== seen && !this.#mentions(node, podIP)) {
        this.#synced.set(pod, now)
        return
      }
      seen = rules
      if (now < untilUs) this.#engine.schedule(MILLISECOND, 'rules watch', look, 'background')
    }
    look()
  }

  #learnPods(): void {
    for (const { metadata, status } of this.#composition.server.client.list(pods, {}).items) {
      if (status?.podIP !== undefined) this.#pods.set(status.podIP, `${metadata.namespace ?? ''}/${metadata.name}`)
    }
  }

  #mentions(node: string, podIP: string): boolean {
    const { proxy } = this.#composition
    const tools = proxy.tools(node)
    const text =
      proxy.modeOf(node) === 'ipvs'
        ? tools.ipvsadmList()
        : proxy.modeOf(node) === 'nftables'
          ? tools.nftListRuleset()
          : tools.iptablesSave()
    return text.includes(` ${podIP}:`)
  }
}

/** Where the rules led it, arrived or not; undefined when they led it nowhere, or when that is unknown without flow traces. */
function endpointOf({ delivered, steps }: Flow): string | undefined {
  if (delivered !== undefined) return `${delivered.destination}:${delivered.destinationPort}`
  for (const { what } of steps) {
    const translated = /(?:--to-destination|\bto) (\S+:\d+)/.exec(what)?.[1]
    if (translated !== undefined) return translated
  }
  return undefined
}
