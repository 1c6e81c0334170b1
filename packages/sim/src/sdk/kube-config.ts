// A kubeconfig for the official JavaScript client in this process: `(await cluster.kubeConfig()).connect(new KubeConfig())` makes that
// KubeConfig's calls, watches, informers, logs and exec sessions reach the cluster without sockets. Works with
// @kubernetes/client-node 1.x, whose every request goes through the agents its KubeConfig makes.

import type { Agent } from 'node:http'
import { loadHttpDoor, serviceAccounts, type InProcessDoor, type ServiceAccount } from '@podwire/apiserver'
import { PodwireError, type Driver } from '@podwire/engine'
import type { Composition } from './composition.ts'

export interface KubeConfigOptions {
  /** Whom requests come from: a service account, `namespace/name`; default the administrator. */
  readonly serviceAccount?: string
  /** Default namespace of the context. */
  readonly namespace?: string
}

/** A KubeConfig of @kubernetes/client-node, as far as it is used here. */
export interface ClientKubeConfig {
  loadFromString(text: string): void
}

export interface InProcessKubeConfig {
  /** As a kubeconfig file has it. Its server is nowhere on the network: it goes with the agent. */
  readonly text: string
  /** For other HTTP clients: `http.request(`${server}/api/v1/pods`, { agent, headers })`. */
  readonly agent: Agent
  readonly server: string
  readonly token: string
  /**
   * Loads it into a KubeConfig of @kubernetes/client-node, and gives it back.
   * @throws PodwireError for a client whose requests do not go through agents
   */
  connect<Config extends ClientKubeConfig>(config: Config): Config
}

const SERVER = 'http://podwire.in-process'
const ADMINISTRATOR = 'podwire-administrator'
const A_DAY_SECONDS = 86_400

/** Opened when somebody first asks for it. */
export class KubeDoor {
  readonly #composition: Composition
  readonly #driver: Driver
  #door: Promise<InProcessDoor> | undefined
  #stopListening: (() => void) | undefined

  constructor(composition: Composition, driver: Driver) {
    this.#composition = composition
    this.#driver = driver
  }

  async config(options: KubeConfigOptions): Promise<InProcessKubeConfig> {
    this.#door ??= this.#open()
    const [{ agent }, { kubeconfigText }] = [await this.#door, await loadHttpDoor()]
    const { serviceAccount, namespace } = options
    const token = serviceAccount === undefined ? ADMINISTRATOR : this.#tokenOf(serviceAccount)
    const text = kubeconfigText({ server: SERVER, token, ...(namespace === undefined ? {} : { namespace }) })
    return { text, agent, server: SERVER, token, connect: (config) => connect(config, text, agent) }
  }

  async close(): Promise<void> {
    this.#stopListening?.()
    await (await this.#door)?.close()
  }

  async #open(): Promise<InProcessDoor> {
    const { engine, server, version, nodeConnection, connections } = this.#composition
    const { openInProcessDoor } = await loadHttpDoor()
    const door = await openInProcessDoor({
      engine,
      driver: this.#driver,
      handler: server.requestHandler,
      resources: () => server.registry.all(),
      kubernetesVersion: version.text,
      token: ADMINISTRATOR,
      nodes: () => nodeConnection,
    })
    door.refuse(connections.down)
    this.#stopListening = connections.onOutage((down) => door.refuse(down))
    return door
  }

  #tokenOf(reference: string): string {
    const [namespace, name, ...more] = reference.split('/')
    const ref = { namespace, name: name ?? '' }
    const { client } = this.#composition.server
    if (more.length > 0 || name === undefined || client.find(serviceAccounts, ref) === undefined) {
      throw new PodwireError(
        `make a kubeconfig for ${reference}`,
        'there is no such service account',
        'Say namespace/name, and apply it first.',
      )
    }
    const request = { metadata: ref, spec: { audiences: [], expirationSeconds: A_DAY_SECONDS } }
    // The token subresource takes and gives a TokenRequest, whatever the client's type says.
    const made = this.#driver.enter(() =>
      client.create(serviceAccounts, request as unknown as ServiceAccount, { subresource: 'token' }),
    ) as unknown as { readonly status: { readonly token: string } }
    return made.status.token
  }
}

function connect<Config extends ClientKubeConfig>(config: Config, text: string, agent: Agent): Config {
  if (typeof Reflect.get(config, 'createAgent') !== 'function') {
    throw new PodwireError(
      'connect a KubeConfig',
      'this one makes no agents',
      'Use the KubeConfig of @kubernetes/client-node 1.x.',
    )
  }
  config.loadFromString(text)
  // Requests, watches and websockets alike take the agent from here.
  Reflect.set(config, 'createAgent', () => agent)
  return config
}
