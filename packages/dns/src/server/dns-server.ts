// A CoreDNS process: the running Corefile, its indexes, its counters and pages, and the two doors the sim connects to sockets.
// It never waits unless an upstream does, so a query costs a function call. A changed Corefile is taken whole or not at all:
// one that is wrong keeps the old one and logs CoreDNS's message.

import type { InformerFactory } from '@podwire/apiserver'
import { MetricsRegistry, PodwireError, type Engine, type Microseconds, type Random } from '@podwire/engine'
import { CorefileError, corefileHash, parseCorefile } from '../corefile/index.ts'
import type { MaybePromise } from '../plugins/index.ts'
import type { Exchange } from '../resolver/index.ts'
import { RCODE, replyTo } from '../wire/index.ts'
import { configure, type Configuration, type SharedContext } from './configuration.ts'
import { httpPage, type HttpPage } from './http-pages.ts'
import { IndexSource } from './index-source.ts'
import { METRIC_FAMILIES } from './metric-families.ts'
import { ReloadWatch } from './reload-watch.ts'
import { serve, type Client } from './serve.ts'
import { dnsAnswered, dnsReloaded } from './topics.ts'
import { directExchange, packetExchange, type DirectUpstream } from './upstream.ts'

export interface DnsServerOptions {
  readonly engine: Engine
  /** Shuffles addresses, draws message ids and times reloads. */
  readonly random: Random
  readonly corefile: string
  readonly informers: InformerFactory
  /** Names the process in traces: the pod, `kube-system/coredns-…`. Default `coredns`. */
  readonly name?: string
  /** The pod's own addresses, loopback left out; NS records come from them. */
  readonly localAddresses?: () => readonly string[]
  /** Carries packets to upstream servers and, for `loop`, to itself. */
  readonly exchange?: Exchange
  /** Stands for all upstream servers instead of packets. With neither, every outside name is NXDOMAIN. */
  readonly upstream?: DirectUpstream
  /** The pod's standard output, a line at a time. */
  readonly log?: (line: string) => void
  /** The process ends with status 1; the line is logged already. */
  readonly onFatal?: () => void
  /** A Corefile was taken: ports may be others now. */
  readonly onReload?: () => void
  /** Files the Corefile may name: `hosts FILE`, `forward . /etc/resolv.conf`, `import FILE`. */
  readonly readFile?: (path: string) => string | undefined
  /** False while the API has not been listed: missing names are SERVFAIL and `/ready` is 503. */
  readonly synced?: () => boolean
  /** The ConfigMap behind the Corefile's volume: tells when the file changes. Key default `Corefile`. */
  readonly configMap?: { readonly namespace: string; readonly name: string; readonly key?: string }
}

export interface DnsServer {
  /** Ports to bind for both protocols, ascending. */
  readonly ports: readonly number[]
  /** HTTP ports to bind: 8080 health, 8181 ready, 9153 metrics by default. */
  readonly httpPorts: readonly number[]
  /** `health`'s lameduck: how long the process still serves after SIGTERM. */
  readonly lameDuckUs: Microseconds
  /** The ports are bound: plugins that ask something at the start (`loop`) may. */
  started(): void
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
/** Where nodes point, for processes that were given no files. */
const NODE_RESOLV_CONF = 'nameserver 172.18.0.1\n'

/** @throws CorefileError when the process would exit at start; its `text` is the line it logs. */
export function createDnsServer(options: DnsServerOptions): DnsServer {
  return new CoreDnsProcess(options)
}

class CoreDnsProcess implements DnsServer {
  readonly #options: DnsServerOptions
  readonly #name: string
  readonly #metrics = new MetricsRegistry(METRIC_FAMILIES)
  readonly #shared: SharedContext
  readonly #watch: ReloadWatch
  #configuration: Configuration
  #fileText: string
  /** Tried last: a wrong Corefile is not tried again. */
  #triedHash: string

  constructor(options: DnsServerOptions) {
    this.#options = options
    this.#name = options.name ?? 'coredns'
    this.#shared = this.#createShared(options)
    this.#watch = new ReloadWatch({
      engine: options.engine,
      random: options.random.fork('reload'),
      name: this.#name,
      timing: () => this.#configuration.reload,
      reload: () => this.#reloadNow(),
    })
    this.#fileText = options.corefile
    this.#configuration = configure(options.corefile, this.#shared)
    this.#triedHash = corefileHash(options.corefile)
    for (const server of this.#configuration.servers) this.#shared.log(`${server.zone}:${server.port}`)
    this.#logHash()
    this.#shared.log(VERSION)
    const { configMap, informers } = options
    if (configMap !== undefined) {
      this.#watch.follow(informers, configMap, options.corefile, (text) => this.corefileChanged(text))
    }
  }

  get ports(): readonly number[] {
    return this.#configuration.ports
  }

  get httpPorts(): readonly number[] {
    return [...this.#configuration.pages.keys()].sort((a, b) => a - b)
  }

  get lameDuckUs(): Microseconds {
    return this.#configuration.lameDuckUs
  }

  get corefile(): string {
    return this.#configuration.text
  }

  started(): void {
    this.#configuration.start()
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
    if (text === this.#fileText) return
    this.#fileText = text
    this.#watch.fileChanged()
  }

  stop(): void {
    this.#watch.stop()
    this.#configuration.stop()
  }

  #createShared(options: DnsServerOptions): SharedContext {
    const { engine, exchange, random } = options
    const source = new IndexSource(options.informers, engine.clock)
    const localAddresses = options.localAddresses ?? (() => [])
    const nobody: DirectUpstream = (query) => replyTo(query, { rcode: RCODE.NXDOMAIN, recursionAvailable: true })
    return {
      engine,
      clock: engine.clock,
      random: random.fork('loadbalance'),
      metrics: this.#metrics,
      log: (line) => options.log?.(line),
      exchange:
        exchange === undefined || options.upstream !== undefined
          ? directExchange(options.upstream ?? nobody)
          : packetExchange(exchange, random.fork('upstream'), () => localAddresses()[0] ?? ''),
      index: (selection) => source.index(selection),
      localAddresses,
      synced: options.synced ?? (() => true),
      readFile: options.readFile ?? ((path) => (path === '/etc/resolv.conf' ? NODE_RESOLV_CONF : undefined)),
      fatal: (line) => {
        options.log?.(`[FATAL] ${line}`)
        options.onFatal?.()
      },
    }
  }

  #serve(protocol: 'udp' | 'tcp', bytes: Uint8Array, from: Client, port: number): MaybePromise<Uint8Array | undefined> {
    return serve(this.#configuration, { bytes, from, protocol, port }, ({ request, reply }) => {
      const { question } = request
      if (question === undefined) return
      const { bus } = this.#options.engine
      bus.publish(dnsAnswered, { server: this.#name, client: from.address, protocol, question, reply })
    })
  }

  #reloadNow(): void {
    const text = this.#fileText
    const hash = corefileHash(text)
    if (hash === this.#triedHash) return
    try {
      parseCorefile(text, this.#shared.readFile)
    } catch (error) {
      this.#refused(error, (reason) => [`[WARNING] plugin/reload: Corefile parse failed: ${reason}`])
      return
    }
    this.#triedHash = hash
    this.#shared.log('[INFO] Reloading')
    const before = this.#configuration
    try {
      this.#configuration = configure(text, this.#shared)
    } catch (error) {
      this.#metrics.counter('coredns_reload_failed_total', '').value++
      this.#refused(error, (reason) => [
        `[ERROR] Restart failed: ${reason}`,
        `[ERROR] plugin/reload: Corefile changed but reload failed: starting with listener file descriptors: ${reason}`,
      ])
      return
    }
    before.stop()
    this.#logHash()
    this.#shared.log('[INFO] Reloading complete')
    this.#options.onReload?.()
    this.#configuration.start()
    this.#options.engine.bus.publish(dnsReloaded, { server: this.#name, error: undefined })
  }

  #refused(error: unknown, lines: (reason: string) => readonly string[]): void {
    if (!(error instanceof PodwireError)) throw error
    const reason = error instanceof CorefileError ? error.text : error.reason
    for (const line of lines(reason)) this.#shared.log(line)
    this.#options.engine.bus.publish(dnsReloaded, { server: this.#name, error: reason })
  }

  #logHash(): void {
    if (this.#configuration.reload === undefined) return
    const hash = corefileHash(this.#configuration.text)
    this.#shared.log(`[INFO] plugin/reload: Running configuration SHA512 = ${hash}`)
    this.#metrics.clear('coredns_reload_version_info')
    this.#metrics.gauge('coredns_reload_version_info', `hash="sha512",value="${hash}"`, () => 1)
  }
}
