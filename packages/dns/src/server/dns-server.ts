// A CoreDNS process: the running Corefile, its indexes, its counters and pages, and the two doors the sim connects to sockets.
// It never waits unless an upstream does, so a query costs a function call. Reload: a changed Corefile is looked at when the
// real process would look (interval and jitter); one that does not parse keeps the old one and logs CoreDNS's message.

import { createHash } from 'node:crypto'
import { configMaps, type InformerFactory } from '@podwire/apiserver'
import { SECOND, type Engine, type Random, type ScheduledTask } from '@podwire/engine'
import { CorefileError } from '../corefile/index.ts'
import type { MaybePromise } from '../plugins/index.ts'
import { RCODE, replyTo, type DnsMessage } from '../wire/index.ts'
import { configure, type Configuration, type SharedContext } from './configuration.ts'
import { httpPage, type HttpPage } from './http-pages.ts'
import { IndexSource } from './index-source.ts'
import { MetricsRegistry } from './metrics.ts'
import { serve, type Client } from './serve.ts'
import { dnsAnswered, dnsReloaded } from './topics.ts'

export interface DnsServerOptions {
  readonly engine: Engine
  /** Shuffles addresses and times reloads. */
  readonly random: Random
  readonly corefile: string
  readonly informers: InformerFactory
  /** Names the process in traces: the pod, `kube-system/coredns-…`. Default `coredns`. */
  readonly name?: string
  /** The pod's own addresses, loopback left out; NS records come from them. */
  readonly localAddresses?: () => readonly string[]
  /** The internet behind `forward`; undefined is silence. Absent: every name is NXDOMAIN. */
  readonly upstream?: (query: DnsMessage) => MaybePromise<DnsMessage | undefined>
  /** The pod's standard output, a line at a time. */
  readonly log?: (line: string) => void
  /** Files the Corefile may name (`hosts FILE`). */
  readonly readFile?: (path: string) => string | undefined
  /** False while the API has not been listed: missing names are SERVFAIL and `/ready` is 503. */
  readonly synced?: () => boolean
  /** Follows this ConfigMap's `Corefile` key, with the kubelet's delay of up to a minute before the pod sees a change. */
  readonly configMap?: { readonly namespace: string; readonly name: string }
}

export interface DnsServer {
  /** Ports to bind for both protocols, ascending. */
  readonly ports: readonly number[]
  /** HTTP ports to bind: 8080 health, 8181 ready, 9153 metrics by default. */
  readonly httpPorts: readonly number[]
  /** One datagram. Undefined: nothing is sent back. */
  handleUdp(bytes: Uint8Array, from: Client, port?: number): MaybePromise<Uint8Array | undefined>
  /** One message of a connection, without its two length bytes (see `createMessageReader`, `frameMessage`). */
  handleTcp(bytes: Uint8Array, from: Client, port?: number): MaybePromise<Uint8Array | undefined>
  handleHttp(port: number, path: string): HttpPage
  /** The Corefile in the pod's volume has this content now. */
  corefileChanged(text: string): void
  readonly corefile: string
  stop(): void
}

const VERSION = 'CoreDNS-1.14.1'
const KUBELET_SYNC_US = 60 * SECOND

/** @throws CorefileError when the process would exit at start; its `text` is the line it logs. */
export function createDnsServer(options: DnsServerOptions): DnsServer {
  return new CoreDnsProcess(options)
}

class CoreDnsProcess implements DnsServer {
  readonly #options: DnsServerOptions
  readonly #name: string
  readonly #metrics = new MetricsRegistry()
  readonly #shared: SharedContext
  readonly #timing: Random
  #configuration: Configuration
  #fileText: string
  #mount: ScheduledTask | undefined
  #reload: ScheduledTask | undefined
  #stopped = false

  constructor(options: DnsServerOptions) {
    this.#options = options
    this.#name = options.name ?? 'coredns'
    this.#timing = options.random.fork('reload')
    const source = new IndexSource(options.informers, options.engine.clock)
    this.#shared = {
      clock: options.engine.clock,
      random: options.random.fork('loadbalance'),
      metrics: this.#metrics,
      log: (line) => options.log?.(line),
      upstream: options.upstream ?? ((query) => replyTo(query, { rcode: RCODE.NXDOMAIN, recursionAvailable: true })),
      index: (selection) => source.index(selection),
      localAddresses: options.localAddresses ?? (() => []),
      synced: options.synced ?? (() => true),
      readFile: options.readFile ?? (() => undefined),
    }
    this.#fileText = options.corefile
    this.#configuration = configure(options.corefile, this.#shared)
    for (const server of this.#configuration.servers) this.#shared.log(`${server.zone}:${server.port}`)
    this.#logHash()
    this.#shared.log(VERSION)
    if (options.configMap !== undefined) this.#followConfigMap(options.configMap)
  }

  get ports(): readonly number[] {
    return this.#configuration.ports
  }

  get httpPorts(): readonly number[] {
    return [...this.#configuration.pages.keys()].sort((a, b) => a - b)
  }

  get corefile(): string {
    return this.#configuration.text
  }

  handleUdp(bytes: Uint8Array, from: Client, port = 53): MaybePromise<Uint8Array | undefined> {
    return this.#serve('udp', bytes, from, port)
  }

  handleTcp(bytes: Uint8Array, from: Client, port = 53): MaybePromise<Uint8Array | undefined> {
    return this.#serve('tcp', bytes, from, port)
  }

  handleHttp(port: number, path: string): HttpPage {
    return httpPage(this.#configuration.pages.get(port), path, this.#shared.synced(), this.#metrics)
  }

  corefileChanged(text: string): void {
    this.#fileText = text
    const timing = this.#configuration.reload
    if (timing === undefined || this.#reload?.pending === true || this.#stopped) return
    const intervalUs = timing.intervalUs + this.#timing.uniform(0, timing.jitterUs)
    const delayUs = this.#timing.uniform(0, intervalUs)
    this.#reload = this.#options.engine.schedule(delayUs, `${this.#name} reload`, () => this.#reloadNow())
  }

  stop(): void {
    this.#stopped = true
    this.#options.engine.cancel(this.#mount)
    this.#options.engine.cancel(this.#reload)
  }

  #serve(protocol: 'udp' | 'tcp', bytes: Uint8Array, from: Client, port: number): MaybePromise<Uint8Array | undefined> {
    return serve(this.#configuration, { bytes, from, protocol, port }, ({ request, reply }) => {
      const { question } = request
      if (question === undefined) return
      this.#options.engine.bus.publish(dnsAnswered, {
        server: this.#name,
        client: from.address,
        protocol,
        question,
        reply,
      })
    })
  }

  /** The kubelet writes a changed ConfigMap into the pod's volume at its next sync. */
  #followConfigMap(ref: { readonly namespace: string; readonly name: string }): void {
    const fieldSelector = `metadata.name=${ref.name},metadata.namespace=${ref.namespace}`
    this.#options.informers.informer(configMaps, { fieldSelector }).onChange(({ type, object }) => {
      const text = object.data?.['Corefile']
      if (type === 'deleted' || text === undefined || this.#stopped) return
      this.#options.engine.cancel(this.#mount)
      if (text === this.#fileText) return
      const delayUs = this.#timing.uniform(0, KUBELET_SYNC_US)
      this.#mount = this.#options.engine.schedule(delayUs, `${this.#name} volume`, () => this.corefileChanged(text))
    })
  }

  #reloadNow(): void {
    const text = this.#fileText
    if (text === this.#configuration.text) return
    const { bus } = this.#options.engine
    this.#shared.log('[INFO] Reloading')
    try {
      this.#configuration = configure(text, this.#shared)
    } catch (error) {
      if (!(error instanceof CorefileError)) throw error
      this.#metrics.counter('coredns_reload_failed_total', '').value++
      this.#shared.log(`[ERROR] plugin/reload: Corefile changed but reload failed: ${error.text}`)
      bus.publish(dnsReloaded, { server: this.#name, error: error.text })
      return
    }
    this.#logHash()
    this.#shared.log('[INFO] Reloading complete')
    bus.publish(dnsReloaded, { server: this.#name, error: undefined })
  }

  #logHash(): void {
    if (this.#configuration.reload === undefined) return
    const hash = createHash('sha512').update(this.#configuration.text).digest('hex')
    this.#shared.log(`[INFO] plugin/reload: Running configuration SHA512 = ${hash}`)
  }
}
