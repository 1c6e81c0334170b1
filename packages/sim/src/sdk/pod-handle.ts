// A pod as tests and scripts hold it: by name, so that it stays good while the pod is created, restarted or replaced.

import { pods, type Pod } from '@podwire/apiserver'
import { PodwireError } from '@podwire/engine'
import type { RunOptions, CommandResult } from './command-runner.ts'
import type { Composition } from './composition.ts'
import { Machine, type MachineContext, type MachineParts } from './machine.ts'

export class PodHandle extends Machine {
  readonly namespace: string
  readonly name: string
  readonly #composition: Composition
  readonly #container: string | undefined

  /** @param container which container commands run in; default the first */
  constructor(context: MachineContext, composition: Composition, namespace: string, name: string, container?: string) {
    super(context)
    this.#composition = composition
    this.namespace = namespace
    this.name = name
    this.#container = container
  }

  get title(): string {
    return `pod ${this.namespace}/${this.name}`
  }

  /** The pod as the API has it now. @throws PodwireError when there is none */
  get object(): Pod {
    const pod = this.#composition.server.client.find(pods, { namespace: this.namespace, name: this.name })
    if (pod === undefined)
      throw new PodwireError(`use ${this.title}`, 'there is no such pod', 'Look at cluster.pods().')
    return pod
  }

  /** Undefined until it has one. */
  get ip(): string | undefined {
    return this.object.status?.podIP
  }

  get node(): string | undefined {
    return this.object.spec.nodeName
  }

  get ready(): boolean {
    return (this.object.status?.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True')
  }

  /** The same pod with commands running in another container. */
  container(name: string): PodHandle {
    return new PodHandle(this.context, this.#composition, this.namespace, this.name, name)
  }

  /** Asks the API server to delete it; advance or settle to see it go. */
  delete(options: { readonly gracePeriodSeconds?: number } = {}): void {
    this.context.driver.enter(() =>
      this.#composition.server.client.delete(pods, { namespace: this.namespace, name: this.name }, options),
    )
  }

  /** What the container wrote, as `kubectl logs`. */
  logs(
    options: { readonly container?: string; readonly previous?: boolean; readonly tailLines?: number } = {},
  ): string {
    const chunks: Uint8Array[] = []
    const { previous = false, tailLines } = options
    this.#composition.nodeConnection.logs(
      this.object,
      {
        container: options.container ?? this.#containerName(),
        follow: false,
        previous,
        timestamps: false,
        ...(tailLines === undefined ? {} : { tailLines }),
      },
      (text) => chunks.push(text),
      () => {},
    )
    return Buffer.concat(chunks).toString('utf8')
  }

  protected parts(): MachineParts {
    const pod = this.object
    const worker = this.#composition.kubelets.get(pod.spec.nodeName ?? '')?.pod(this.namespace, this.name)
    const running = worker?.slot(this.#containerName())?.running
    if (running === undefined) {
      const phase = pod.status?.phase ?? 'Pending'
      throw new PodwireError(
        `use ${this.title}`,
        `container ${this.#containerName()} is not running (the pod is ${phase})`,
        'Await cluster.settle() first, or look at its status.',
      )
    }
    return {
      network: running.network,
      resolver: running.resolver,
      node: pod.spec.nodeName,
      run: (argv, options) => this.#run(pod, argv, options),
    }
  }

  #containerName(): string {
    return this.#container ?? this.object.spec.containers[0]?.name ?? ''
  }

  async #run(pod: Pod, argv: readonly string[], options: RunOptions): Promise<CommandResult> {
    const stdout: Uint8Array[] = []
    const stderr: Uint8Array[] = []
    const session = this.#composition.nodeConnection.exec(
      pod,
      { container: this.#containerName(), command: argv, stdin: options.stdin !== undefined, tty: false },
      { stdout: collectInto(stdout), stderr: collectInto(stderr) },
    )
    if (options.stdin !== undefined) void session.write(Buffer.from(options.stdin))
    session.closeStdin()
    const result = await session.result
    if ('error' in result) throw new PodwireError(`run ${argv.join(' ')} in ${this.title}`, result.error)
    const text = (chunks: readonly Uint8Array[]): string => Buffer.concat(chunks).toString('utf8')
    return { stdout: text(stdout), stderr: text(stderr), exitCode: result.exitCode }
  }
}

function collectInto(chunks: Uint8Array[]): (data: Uint8Array) => undefined {
  return (data) => void chunks.push(data)
}
