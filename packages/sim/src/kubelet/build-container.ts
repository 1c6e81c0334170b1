// Puts a container together at the moment it starts: environment, command line, files, log. What its program may never ask for is
// made when it does: most containers have neither looked up a name nor read a file when they end.

import { invariant, type Engine, type Random } from '@podwire/engine'
import type { Container, Pod } from '@podwire/apiserver'
import {
  commandLine,
  ContainerFiles,
  createProcFiles,
  type CommandLine,
  type ContainerFilesOptions,
  type ContainerOptions,
  type FileContent,
  LogBuffer,
  type Mount,
  processUser,
  type ProcessUser,
  rootProblem,
  RunningContainer,
} from '../container/index.ts'
import type { ProcessTable } from '@podwire/shell'
import { hexOf } from '../images/image-name.ts'
import type { Image, NameResolver } from '../images/image.ts'
import { containerEnvironment, nextRestartCount } from '../pod/index.ts'
import type { ContainerSlot } from './container-slot.ts'
import type { NodeRuntime } from './node-runtime.ts'
import type { PodSandbox } from './pod-sandbox.ts'
import type { PodWorker } from './pod-worker.ts'

export type BuiltContainer =
  | { readonly container: RunningContainer; readonly containerID: string }
  /** Message of CreateContainerConfigError. */
  | { readonly error: string }

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

export function buildContainer(worker: PodWorker, slot: ContainerSlot, image: Image): BuiltContainer {
  const { runtime, pod, sandbox } = worker
  invariant(sandbox !== undefined, 'a container starts in a sandbox')
  const { namespace = 'default', uid } = pod.metadata
  const services = runtime.services.snapshot(namespace, pod.spec.enableServiceLinks ?? true)
  const result = containerEnvironment({
    pod,
    container: slot.record.spec,
    services,
    config: runtime.config,
    addresses: { hostIPs: runtime.hostIPs, podIPs: sandbox.podIPs },
    allocatable: runtime.allocatable,
  })
  if ('error' in result) return result
  const problem = rootProblem(pod, slot.record.spec, image)
  if (problem !== undefined) return { error: problem }
  const setup = new ContainerSetup(worker, slot, sandbox, image, services, result.declared)
  const container = new RunningContainer(setup)
  setup.container = container
  return { container, containerID: `containerd://${hexOf(`${uid}/${slot.name}/${setup.run}`, 64)}` }
}

class ContainerSetup implements ContainerOptions, ContainerFilesOptions {
  readonly engine: Engine
  readonly image: Image
  readonly commandLine: CommandLine
  readonly files: ContainerFiles
  readonly log: LogBuffer
  /** How many runs of this container came before. */
  readonly run: number
  container: RunningContainer | undefined
  readonly #worker: PodWorker
  readonly #slot: ContainerSlot
  readonly #sandbox: PodSandbox
  readonly #services: ReadonlyMap<string, string>
  readonly #declared: ReadonlyMap<string, string>
  /** Files of the kubelet and of the program that runs now, whose texts are made when one is read. */
  #managed: { readonly live: unknown; readonly files: ReadonlyMap<string, FileContent> } | undefined

  constructor(
    worker: PodWorker,
    slot: ContainerSlot,
    sandbox: PodSandbox,
    image: Image,
    services: ReadonlyMap<string, string>,
    declared: ReadonlyMap<string, string>,
  ) {
    this.#worker = worker
    this.engine = worker.runtime.engine
    this.image = image
    this.run = nextRestartCount(slot.record)
    this.commandLine = commandLine(
      slot.record.spec,
      image,
      (variable) => declared.get(variable) ?? services.get(variable),
    )
    this.files = new ContainerFiles(this)
    this.log = new LogBuffer(this.engine.clock)
    this.#slot = slot
    this.#sandbox = sandbox
    this.#services = services
    this.#declared = declared
  }

  get pod(): Pod {
    return this.#worker.pod
  }

  get name(): string {
    return this.#slot.name
  }

  get standardInput(): Container {
    return this.#slot.record.spec
  }

  get user(): ProcessUser {
    return processUser(this.pod, this.#slot.record.spec, this.image)
  }

  get readOnlyRoot(): boolean {
    return this.#slot.record.spec.securityContext?.readOnlyRootFilesystem === true
  }

  get network(): PodSandbox['network'] {
    return this.#sandbox.network
  }

  get hostname(): string {
    return this.#sandbox.name.hostname
  }

  get workingDirectory(): string {
    return this.#slot.record.spec.workingDir ?? this.image.workingDirectory ?? '/'
  }

  get bindTools(): NodeRuntime['bindTools'] {
    return this.#worker.runtime.bindTools
  }

  /** A debug container looks at the processes of the container it is aimed at; a pod may share all of its own. */
  get processNamespace(): ProcessTable | undefined {
    const debugging = this.#worker.pod.spec.ephemeralContainers?.find(({ name }) => name === this.name)
    const targetContainerName = debugging?.targetContainerName ?? ''
    if (targetContainerName === '') return this.#sandbox.processes
    return this.#worker.slot(targetContainerName)?.running?.shell.processes
  }

  createRandom(): Random {
    const { namespace = 'default', name, uid } = this.pod.metadata
    return this.engine.random.fork(`container/${namespace}/${name}/${uid}/${this.name}/${this.run}`)
  }

  createResolver(): NameResolver {
    if (this.image.libc === 'musl') return this.#sandbox.muslResolver()
    return this.#sandbox.glibcResolver(() => {
      const content = this.container?.files.read('/etc/nsswitch.conf')
      return content === undefined ? undefined : Buffer.from(content).toString('utf8')
    })
  }

  createEnvironment(): ReadonlyMap<string, string> {
    const own = new Map([['PATH', PATH], ['HOSTNAME', this.hostname], ...(this.image.environment ?? [])])
    return new Map([...own, ...this.#services, ...this.#declared])
  }

  managed(): ReadonlyMap<string, FileContent> {
    const { managedFiles } = this.#sandbox
    const live = this.container?.liveFiles
    if (live === undefined || live.size === 0) return managedFiles
    if (this.#managed?.live !== live) {
      const written = [...live].map(([path, read]) => [path, () => Buffer.from(read(), 'utf8')] as const)
      this.#managed = { live, files: new Map([...managedFiles, ...written]) }
    }
    return this.#managed.files
  }

  mounts(): readonly Mount[] {
    return [...this.#worker.volumes.mounts(this.#slot.record.spec, this.#declared), this.#proc()]
  }

  #proc(): Mount {
    const { engine, hostname } = this
    const tree = createProcFiles({ engine, hostname, processes: () => this.container?.shell.processes.list() ?? [] })
    return { path: '/proc', readOnly: true, tree, inside: '' }
  }

  now(): number {
    return this.engine.clock.wallTimeMs()
  }

  onExit(code: number): void {
    this.#slot.unseenExit = { code, atUs: this.engine.clock.now() }
    this.#worker.noticeSoon()
  }
}
