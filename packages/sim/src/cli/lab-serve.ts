// A lab's cluster behind its doors, in this process: booted, served to kubectl, checked, and brought back to the start without
// its address, token or certificates changing, so that open terminals go on working.

import { randomBytes } from 'node:crypto'
import { cpSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { loadHttpDoor, type HttpServer, type ServerCertificates } from '@podwire/apiserver'
import { PodwireError, RealTimeDriver } from '@podwire/engine'
import type { HostDoors } from '../doors/host-doors.ts'
import { bootLab, LAB_BOOT_US } from '../lab/boot-lab.ts'
import { LabSession } from '../lab/lab-session.ts'
import type { Lab } from '../lab/lab.ts'
import { Cluster } from '../sdk/cluster.ts'
import { controlRoutes } from './control-routes.ts'
import { emptyFolder } from './lab-place.ts'
import { makeFolder, reportTaskError, tryDoors } from './serving.ts'

export const LAB_ROUTE = '/podwire/v1/lab'

export type LabAction = 'check' | 'hint' | 'reset' | 'state'

export interface ServeLabOptions {
  readonly kubeconfig: string
  readonly apiPort: number
  /** Undefined: no doors for node ports and DNS. */
  readonly dnsPort: number | undefined
  readonly speed: number
}

export interface LiveLab {
  readonly lab: Lab
  /** Absolute. */
  readonly kubeconfig: string
  /** The learner's copies of the lab's files. */
  readonly files: string
  readonly cluster: Cluster
  readonly session: LabSession
  readonly doors: HostDoors | undefined
  readonly url: string
  /** Back to the start. */
  reset(): Promise<void>
  close(): Promise<void>
}

/** What stays the same over a reset. */
interface Access {
  readonly door: Awaited<ReturnType<typeof loadHttpDoor>>
  readonly certificates: ServerCertificates
  readonly token: string
}

/** One life of the cluster. */
interface Life {
  readonly cluster: Cluster
  readonly driver: RealTimeDriver
  readonly session: LabSession
}

export async function serveLab(lab: Lab, options: ServeLabOptions): Promise<LiveLab> {
  const door = await loadHttpDoor()
  const certificates = await door.createServerCertificates({ nowMs: Date.now(), randomBytes })
  const live = new ServedLab(lab, options, { door, certificates, token: door.createToken(randomBytes) })
  await live.open()
  return live
}

class ServedLab implements LiveLab {
  readonly lab: Lab
  readonly kubeconfig: string
  readonly files: string
  readonly #options: ServeLabOptions
  readonly #access: Access
  #life: Life | undefined
  #server: HttpServer | undefined
  #port: number
  #generation = 1
  #resetting: Promise<void> | undefined
  doors: HostDoors | undefined

  constructor(lab: Lab, options: ServeLabOptions, access: Access) {
    this.lab = lab
    this.#options = options
    this.#access = access
    this.kubeconfig = resolve(options.kubeconfig)
    this.files = join(dirname(this.kubeconfig), 'lab')
    this.#port = options.apiPort
  }

  get cluster(): Cluster {
    return this.#living.cluster
  }

  get session(): LabSession {
    return this.#living.session
  }

  get url(): string {
    return this.#server?.url ?? ''
  }

  get #living(): Life {
    if (this.#life !== undefined) return this.#life
    throw new PodwireError('use the lab', 'its cluster is not running', 'Start it again.')
  }

  async open(): Promise<void> {
    makeFolder(dirname(this.kubeconfig))
    this.#copyFiles()
    await this.#begin(await this.#boot())
    const { door, certificates, token } = this.#access
    await door.writeKubeconfig(this.kubeconfig, { server: this.url, authority: certificates.authority, token })
  }

  async reset(): Promise<void> {
    this.#resetting ??= this.#reset()
    await this.#resetting
  }

  async close(): Promise<void> {
    await Promise.all([this.#server?.close(), this.doors?.close()])
    if (this.#life === undefined) return
    this.#life.driver[Symbol.dispose]()
    await this.#life.cluster.stop()
    this.#life = undefined
  }

  /** The new cluster is made first: meanwhile the old one answers, also to who asked for the reset. */
  async #reset(): Promise<void> {
    try {
      const next = await this.#boot()
      await this.close()
      this.#copyFiles()
      await this.#begin(next)
      this.#generation++
    } finally {
      this.#resetting = undefined
    }
  }

  async #boot(): Promise<Life> {
    const composition = await bootLab(this.lab, {
      rootCaCertificate: this.#access.certificates.authority,
      renewLeases: true,
      epochMs: Math.floor(Date.now() / 1000) * 1000 - LAB_BOOT_US / 1000,
    })
    const driver = new RealTimeDriver(composition.engine, { speed: this.#options.speed, onError: reportTaskError })
    const cluster = new Cluster(composition, driver)
    return { cluster, driver, session: new LabSession(this.lab, cluster) }
  }

  async #begin(life: Life): Promise<void> {
    const { cluster, driver } = life
    const { door, certificates, token } = this.#access
    const { engine, server, version, nodeConnection } = cluster.composition
    this.#life = life
    this.#server = await door.startHttpServer({
      engine,
      driver,
      handler: server.requestHandler,
      resources: () => server.registry.all(),
      kubernetesVersion: version.text,
      token,
      nodes: () => nodeConnection,
      tls: certificates,
      port: this.#port,
      extensions: new Map([
        ...controlRoutes(cluster, (wanted) => this.#userKubeconfig(wanted)),
        [LAB_ROUTE, (body) => this.#answer(body)],
      ]),
    })
    // After a reset it is served where it was.
    this.#port = this.#server.port
    const { dnsPort } = this.#options
    this.doors = dnsPort === undefined ? undefined : await tryDoors(cluster, driver, { dnsPort })
  }

  async #userKubeconfig(wanted: { user: string; groups: readonly string[]; namespace?: string }): Promise<string> {
    const { user, groups, namespace } = wanted
    const { door, certificates } = this.#access
    const client = await certificates.signClient({ user, groups, nowMs: Date.now() })
    const place = namespace === undefined ? {} : { namespace }
    return door.kubeconfigText({ server: this.url, authority: certificates.authority, client, ...place })
  }

  async #answer(body: unknown): Promise<object> {
    const action = (body as { action?: LabAction } | null)?.action
    switch (action) {
      case 'check':
        return this.session.check()
      case 'hint':
        return this.session.hint()
      case 'state':
        return { lab: this.lab.name, generation: this.#generation }
      case 'reset':
        this.reset().catch(reportTaskError)
        return { generation: this.#generation }
      case undefined:
        return { error: 'the request names no action' }
    }
  }

  #copyFiles(): void {
    emptyFolder(this.files)
    for (const name of this.lab.files) cpSync(join(this.lab.folder, name), join(this.files, name), { recursive: true })
  }
}
