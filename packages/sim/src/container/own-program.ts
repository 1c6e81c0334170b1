// The image's own program as a command of the container's shell: `sh -c "echo hi > index.html && nginx -g 'daemon off;'"` starts
// the same program as the image's command line, in a process of its own. Its sockets close when that process ends. As in pid 1,
// signals it does not take do nothing.

import type { Engine } from '@podwire/engine'
import type { Command, CommandContext } from '@podwire/shell'
import { ContainerEngine, type ProgramState } from './container-engine.ts'
import type { RunningContainer } from './container.ts'
import type { ContainerContext, Image, ProgramEngine, Signal } from '../images/image.ts'
import type { NetworkScope } from '../fabric/network.ts'

/** Names and paths under which the shell finds it. */
export function ownProgramNames(image: Image): readonly string[] {
  const [first] = image.entrypoint
  if (image.start === undefined || first === undefined) return [...(image.programNames ?? [])]
  const base = first.slice(first.lastIndexOf('/') + 1)
  return [...(image.programNames ?? []), base, ...(first.startsWith('/') ? [first] : [])]
}

export function ownProgram(container: RunningContainer): Command {
  return async (context) => {
    const { start } = container.image
    if (start === undefined) return 127
    const program = new ShellProgramContext(container, context)
    return program.run(start)
  }
}

class ShellProgramContext implements ContainerContext, ProgramState {
  readonly network: NetworkScope
  readonly command: readonly string[]
  readonly title: string
  exitCode: number | undefined
  readonly #container: RunningContainer
  readonly #context: CommandContext
  readonly #ended: { readonly promise: Promise<number>; resolve(code: number): void }
  #engine: ProgramEngine | undefined

  constructor(container: RunningContainer, context: CommandContext) {
    this.#container = container
    this.#context = context
    this.title = container.title
    this.network = container.network.openScope()
    const onCrash = (error: unknown): void => this.crash(error)
    this.network.onCrash = onCrash
    this.command = [context.name, ...context.args]
    this.#ended = container.simulation.deferred<number>()
  }

  async run(start: NonNullable<Image['start']>): Promise<number> {
    const program = start(this)
    this.#context.takeSignals((name) => {
      try {
        program.signal(name as Signal)
      } catch (error) {
        this.crash(error)
      }
    })
    this.#container.inner = program
    try {
      return await this.#context.block(this.#ended.promise)
    } finally {
      this.exitCode ??= 137
      this.network.closeAll()
      program.stop?.()
      if (this.#container.inner === program) this.#container.inner = undefined
    }
  }

  get simulation(): Engine {
    return this.#container.simulation
  }

  /** A program in the container's shell has the container's time: it does not hang by itself. */
  get process(): Engine {
    return this.#container.simulation
  }

  get engine(): ProgramEngine {
    this.#engine ??= new ContainerEngine(this)
    return this.#engine
  }

  get random(): ContainerContext['random'] {
    return this.#container.random
  }

  get resolver(): ContainerContext['resolver'] {
    return this.#container.resolver
  }

  get pod(): ContainerContext['pod'] {
    return this.#container.pod
  }

  get containerName(): string {
    return this.#container.containerName
  }

  get hostname(): string {
    return this.#container.hostname
  }

  get environment(): ReadonlyMap<string, string> {
    return this.#context.environment
  }

  get workingDirectory(): string {
    return this.#context.workingDirectory
  }

  get files(): ContainerContext['files'] {
    return this.#container.files
  }

  stdout(text: string): void {
    if (this.exitCode === undefined) void this.#context.stdout.write(text).catch(() => this.exit(141))
  }

  stderr(text: string): void {
    if (this.exitCode === undefined) void this.#context.stderr.write(text).catch(() => this.exit(141))
  }

  exec(argv: readonly string[]): ReturnType<ContainerContext['exec']> {
    return this.#container.exec(argv)
  }

  exit(code: number): void {
    if (this.exitCode !== undefined) return
    this.exitCode = code
    this.#ended.resolve(code)
  }

  outOfMemory(): void {
    this.#container.outOfMemory()
  }

  crash(error: unknown): void {
    this.stderr(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    this.exit(1)
  }
}
