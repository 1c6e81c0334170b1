// One run of one container: its program, its sockets, its output. A restart makes a new one. Whatever a program does (throw,
// exit twice, ignore signals) stays in here and shows as an exit code.

import type { Pod } from '@podwire/apiserver'
import { invariant, PausableEngine, type Engine, type Random } from '@podwire/engine'
import type { FileTree, ProcessTable } from '@podwire/shell'
import type { NetworkScope } from '../fabric/network.ts'
import type { ContainerContext, Image, NameResolver, ProgramEngine, RunningProgram, Signal } from '../images/image.ts'
import type { CommandLine } from './command-line.ts'
import { ContainerEngine } from './container-engine.ts'
import type { LogBuffer } from './log-buffer.ts'
import { Attachment, type StandardInput } from './attachment.ts'
import { executeInContainer } from './exec.ts'
import type { ProcessUser } from './process-user.ts'
import { containerExited, containerSignalled } from './container-events.ts'
import { ShellHost, type BindTools } from './shell-host.ts'
import { startShellProgram } from './shell-program.ts'
import { hexOf } from '../images/image-name.ts'

export interface ContainerOptions {
  readonly engine: Engine
  /** Called when the program first asks for randomness. */
  createRandom(): Random
  /** The pod's namespace. */
  readonly network: NetworkScope
  /** Called when the program first asks for a name. */
  createResolver(): NameResolver
  readonly pod: Pod
  readonly name: string
  readonly image: Image
  readonly standardInput: StandardInput
  readonly user: ProcessUser
  readonly commandLine: CommandLine
  readonly hostname: string
  /** Computed when the program first asks. */
  createEnvironment(): ReadonlyMap<string, string>
  readonly workingDirectory: string
  readonly files: FileTree
  readonly log: LogBuffer
  readonly bindTools: BindTools
  /** `kubectl debug --target`: the processes of another container, among which this one's run. */
  readonly processNamespace: ProcessTable | undefined
  /** Called once, at the moment the program ends. */
  onExit(code: number): void
}

const NO_FILES: ReadonlyMap<string, () => string> = new Map()

export class RunningContainer implements ContainerContext {
  /** The engine itself; programs get `engine`. */
  readonly simulation: Engine
  readonly network: NetworkScope
  /** Why the runtime could not start the program at all. */
  startError: string | undefined
  oomKilled = false
  /** The image's own program, when the container's shell runs it. */
  inner: RunningProgram | undefined
  startedUs = 0
  readonly #options: ContainerOptions
  #execs = 0
  #random: Random | undefined
  #environment: ReadonlyMap<string, string> | undefined
  #program: RunningProgram | undefined
  #exitCode: number | undefined
  #attachment: Attachment | undefined
  #shell: ShellHost | undefined
  #engine: ProgramEngine | undefined
  #process: PausableEngine | undefined
  #resolver: NameResolver | undefined

  constructor(options: ContainerOptions) {
    this.#options = options
    this.simulation = options.engine
    // Sockets close with the container; its neighbours' in the same pod stay.
    this.network = options.network.openScope()
    const onCrash = (error: unknown): void => this.crash(error)
    this.network.onCrash = onCrash
    // Only who watches programs asks for their names.
    if (options.engine.around !== undefined) this.network.title = this.title
  }

  /** As it is now. */
  get pod(): Pod {
    return this.#options.pod
  }

  get containerName(): string {
    return this.#options.name
  }

  get image(): Image {
    return this.#options.image
  }

  get hostname(): string {
    return this.#options.hostname
  }

  get command(): readonly string[] {
    return this.#options.commandLine.argv
  }

  get workingDirectory(): string {
    return this.#options.workingDirectory
  }

  get files(): FileTree {
    return this.#options.files
  }

  get log(): LogBuffer {
    return this.#options.log
  }

  get title(): string {
    return `container ${this.containerName} of pod ${this.#podName} (image ${this.image.name})`
  }

  get standardInput(): StandardInput {
    return this.#options.standardInput
  }

  get user(): ProcessUser {
    return this.#options.user
  }

  get random(): Random {
    this.#random ??= this.#options.createRandom()
    return this.#random
  }

  get engine(): ProgramEngine {
    this.#engine ??= new ContainerEngine(this)
    return this.#engine
  }

  /** Virtual time of the main process alone: it can hang. */
  get process(): PausableEngine {
    if (this.#process === undefined) {
      this.#process = new PausableEngine(this.simulation)
      this.network.gate = this.#process
    }
    return this.#process
  }

  /** The main process takes and does nothing any more; the kernel still accepts its connections. */
  hang(): void {
    this.process.pause()
  }

  /** It goes on where it was. */
  wake(): void {
    this.#process?.resume()
  }

  get resolver(): NameResolver {
    this.#resolver ??= this.#options.createResolver()
    return this.#resolver
  }

  get shell(): ShellHost {
    this.#shell ??= new ShellHost(this, this.#options.bindTools)
    return this.#shell
  }

  get environment(): ReadonlyMap<string, string> {
    this.#environment ??= this.#options.createEnvironment()
    return this.#environment
  }

  get processNamespace(): ProcessTable | undefined {
    return this.#options.processNamespace
  }

  /** Its first process is the image's own program, not a command line in the shell. */
  get runsOwnProgram(): boolean {
    const { commandLine, image } = this.#options
    return commandLine.program === 'image' && image.start !== undefined
  }

  /** Files its program keeps up to date. */
  get liveFiles(): ReadonlyMap<string, () => string> {
    return (this.inner ?? this.#program)?.files ?? NO_FILES
  }

  /** Made when somebody attaches, or the program has a standard input or terminal. */
  get attachment(): Attachment {
    this.#attachment ??= new Attachment(this.simulation, this.#options.standardInput)
    return this.#attachment
  }

  get exitCode(): number | undefined {
    return this.#exitCode
  }

  start(): void {
    const { image } = this.#options
    this.startedUs = this.simulation.clock.now()
    // Whoever shares its processes may look at them at any time.
    if (this.processNamespace !== undefined) this.#shell ??= new ShellHost(this, this.#options.bindTools)
    try {
      const program = this.runsOwnProgram
        ? this.#acting(() => image.start?.(this) ?? startShellProgram(this))
        : startShellProgram(this)
      if ('startError' in program) {
        this.startError = program.startError
        this.exit(128)
        return
      }
      if (this.#exitCode === undefined) this.#program = program
      else program.stop?.()
    } catch (error) {
      this.crash(error)
    }
  }

  /** Delivers a signal; SIGKILL ends the container without asking. */
  signal(signal: Signal): void {
    if (this.#exitCode !== undefined) return
    this.simulation.bus.publish(containerSignalled, { pod: this.#podName, container: this.containerName, signal })
    if (signal === 'SIGKILL') {
      this.exit(137)
      return
    }
    this.process.whenRunning(() => this.#take(signal))
  }

  #take(signal: Signal): void {
    try {
      this.#acting(() => this.#program?.signal(signal))
    } catch (error) {
      this.crash(error)
    }
  }

  stdout(text: string): void {
    this.#write('stdout', text)
  }

  stderr(text: string): void {
    this.#write('stderr', text)
  }

  async exec(argv: readonly string[]): Promise<{ readonly exitCode: number; readonly output: string }> {
    const done = await executeInContainer(this, argv, Number.MAX_SAFE_INTEGER)
    invariant(done !== undefined, 'nothing limits its time')
    return 'startError' in done ? { exitCode: 127, output: `${done.startError}\n` } : done
  }

  exit(code: number): void {
    if (this.#exitCode !== undefined) return
    this.#exitCode = code
    const program = this.#program
    this.#program = undefined
    this.network.closeAll()
    try {
      program?.stop?.()
    } catch (error) {
      this.log.write('stderr', describe(error))
    }
    this.log.end()
    this.#attachment?.end()
    this.#shell?.end()
    this.simulation.bus.publish(containerExited, { pod: this.#podName, container: this.containerName, exitCode: code })
    this.#options.onExit(code)
  }

  outOfMemory(): void {
    if (this.#exitCode !== undefined) return
    this.oomKilled = true
    this.exit(137)
  }

  /** A name for the next exec session, as containerd shows it in messages. */
  execId(): string {
    this.#execs++
    return hexOf(`${this.pod.metadata.uid}/${this.containerName}/exec/${this.#execs}`, 64)
  }

  /** Calls its program. */
  #acting<T>(work: () => T): T {
    const { around } = this.simulation
    return around === undefined ? work() : around(this, work)
  }

  get #podName(): string {
    return `${this.pod.metadata.namespace ?? ''}/${this.pod.metadata.name}`
  }

  #write(stream: 'stdout' | 'stderr', text: string): void {
    if (this.#exitCode !== undefined) return
    this.log.write(stream, text)
    this.#attachment?.write(stream, text)
  }

  /** An uncaught exception of the program: its words go to the log, and it exits with 1. */
  crash(error: unknown): void {
    if (this.#exitCode !== undefined) return
    this.stderr(describe(error))
    this.exit(1)
  }
}

function describe(error: unknown): string {
  return `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`
}
