// The outside host and the nodes: machines that commands can run on without a container. They know no cluster DNS: names come
// from their own hosts file and from the resolver of the simulated internet.

import { createResolver } from '@podwire/dns'
import type { Engine } from '@podwire/engine'
import type { Command } from '@podwire/shell'
import type { NetworkNamespace } from '../fabric/network.ts'
import type { NameResolver } from '../images/image.ts'
import { addressSources, dnsExchange } from '../kubelet/dns-exchange.ts'
import { createCommandHost, runCommand, type CommandHost } from './command-runner.ts'
import { Machine, type MachineContext, type MachineParts } from './machine.ts'
import { startOuterNginx, type OuterNginx, type OuterNginxOptions } from './outer-nginx.ts'

export interface HostOptions {
  /** `external`, `node/node-1` */
  readonly place: string
  readonly hostname: string
  readonly network: NetworkNamespace
  readonly resolvConf: string
  /** Commands only this machine has: `iptables-save` on a node. */
  readonly commands?: ReadonlyMap<string, Command>
}

const HOSTS_HEAD = '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n'

export class HostHandle extends Machine {
  readonly title: string
  readonly #options: HostOptions
  readonly #resolver: NameResolver
  readonly #host: CommandHost

  constructor(context: MachineContext, options: HostOptions) {
    super(context)
    this.title = options.place
    this.#options = options
    const { engine } = context
    const files = new Map([
      ['/etc/hosts', HOSTS_HEAD],
      ['/etc/resolv.conf', options.resolvConf],
      ['/etc/hostname', `${options.hostname}\n`],
    ])
    this.#resolver = this.#createResolver(engine)
    const tools = {
      network: options.network,
      resolver: this.#resolver,
      resolvConf: () => this.readFile('/etc/resolv.conf'),
      hostname: options.hostname,
      libc: 'glibc' as const,
    }
    this.#host = createCommandHost(
      engine.clock,
      tools,
      files,
      engine.random.fork(`host/${options.place}`),
      options.commands,
    )
  }

  get network(): NetworkNamespace {
    return this.#options.network
  }

  /** `172.18.0.2 kubia.example.com` for its hosts file, as a person would edit it. */
  addHost(name: string, address: string): void {
    const { files } = this.#host
    files.write('/etc/hosts', `${this.readFile('/etc/hosts')}${address}\t${name}\n`)
  }

  readFile(path: string): string {
    return Buffer.from(this.#host.files.read(path) ?? new Uint8Array()).toString('utf8')
  }

  /**
   * Runs nginx on this machine with this configuration: what belongs in conf.d, or a whole nginx.conf. Resolves when it listens.
   * @throws PodwireError with what nginx says about a configuration it does not start with
   */
  async nginx(text: string, options: OuterNginxOptions = {}): Promise<OuterNginx> {
    const { engine, driver } = this.context
    const { network, hostname } = this.#options
    const host = { engine, network, hostname, resolver: this.#resolver, files: this.#host.files }
    return driver.wait(driver.enter(() => startOuterNginx(host, text, options).finally(() => engine.touchAsync())))
  }

  protected parts(): MachineParts {
    return {
      network: this.#options.network,
      resolver: this.#resolver,
      node: /^node\/(.+)$/.exec(this.#options.place)?.[1],
      run: (argv, options) => runCommand(this.context.engine, this.#host, argv, options),
    }
  }

  #createResolver(engine: Engine): NameResolver {
    return createResolver({
      libc: 'glibc',
      resolvConf: () => this.readFile('/etc/resolv.conf'),
      hostsFile: () => this.readFile('/etc/hosts'),
      nsswitch: () => this.readFile('/etc/nsswitch.conf'),
      exchange: dnsExchange(engine, this.#options.network),
      sourceFor: addressSources(this.#options.network),
      random: engine.random.fork(`resolver/${this.#options.place}`),
      clock: engine.clock,
      sleep: (durationUs) => engine.sleep(durationUs, 'resolver'),
    })
  }
}
